// The calls that switch the power of one hub port: uhubctl's, and those of a rack's own program. Knows the tree, switches nothing.

import type { CallFor } from './switched-power.ts';
import { hubOf, listHubs, type TreeRoot } from './usb-tree.ts';

/** `uhubctl -l 1-1.4 -p 2 -a off`: uhubctl knows hubs by bus number and chain, which are looked up each time. */
export function uhubctlCalls(root: TreeRoot, program = 'uhubctl'): CallFor {
  return async (action, usbPath) => {
    const { controller, hub, hubPort } = hubOf(usbPath);
    const hubs = await listHubs(root);
    const found = hubs.find((candidate) => candidate.usbPath === (hub ?? controller));
    if (found === undefined) throw new Error(`no hub at ${hub ?? controller}`);
    return { program, args: ['-l', found.sysName, '-p', String(hubPort), '-a', action] };
  };
}

/** `PROGRAM [ARGS…] off|on USB-PATH`. Its exit status tells whether it worked. */
export function commandCalls([program, ...args]: readonly [string, ...string[]]): CallFor {
  return (action, usbPath) => Promise.resolve({ program, args: [...args, action, usbPath] });
}
