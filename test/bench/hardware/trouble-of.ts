// A process of its own for usb-device-source.test.ts: says what is in the way of one device for the user it runs as.
import { troubleWith } from '../../../src/bench/hardware/usb-readiness.ts';
import { readUsbDevice } from '../../../src/bench/hardware/usb-tree.ts';

const [, , sys = '', dev = '', name = ''] = process.argv;
const device = await readUsbDevice({ sys, dev }, name);
process.stdout.write(JSON.stringify(device === null ? null : troubleWith({ sys, dev }, device)));
