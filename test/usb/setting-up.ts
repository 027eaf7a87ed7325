// What setting a station PC up must have done, seen in the guest after install.sh: rights, ModemManager, autosuspend, driver ids, and
// `flashrack devices` for a user who is not root.
import { type Bench, inGuest, placesAt, removeAll, type Scenario } from './bench.ts';
import { newBoard } from './rack.ts';
import { nodeProgram } from './station-run.ts';

interface ListedDevice {
  readonly usbPath: string;
  readonly sysName: string;
  readonly vendorId: number;
  readonly productId: number;
  readonly trouble: string | null;
  readonly busNumber: number;
  readonly deviceNumber: number;
  readonly interfaces: readonly { readonly number: number; readonly driver: string | null; readonly tty: string | null }[];
}

const idsOf = ({ vendorId, productId }: ListedDevice): string =>
  [vendorId, productId].map((id) => id.toString(16).padStart(4, '0')).join(':');

/** One board of each kind that the rules treat differently: an id the kernel has, one it lacks, CDC-ACM, and bulk without a driver. */
const kinds = [
  { model: 'EC600U', strap: false, ids: '2c7c:0901' },
  { model: 'EC800E', strap: false, ids: '2c7c:0903' },
  { model: 'EC800N', strap: true, ids: '2ecc:3017' },
  { model: 'EC800G', strap: true, ids: '1782:4d16' },
];

export const rules: Scenario = async (bench) => {
  const { check, guest } = bench;
  const places = placesAt(bench, ['1.1', '1.2', '1.3', '1.4']);
  for (const [index, { model, strap }] of kinds.entries()) {
    const board = newBoard(model);
    board.setStrap(strap);
    places[index]?.insert(board);
  }
  await guest.shell(
    'for i in $(seq 1 300); do [ "$(ls -d /dev/ttyUSB* /dev/ttyACM0 2>/dev/null | wc -l)" -ge 8 ] && break; sleep 0.2; done',
  );
  await guest.shell('udevadm settle --timeout=60');
  const devices = await listedFor(bench, '--groups=dialout');
  check(
    'a user of the group dialout can use a board of every kind',
    kinds.every(({ ids }) => devices.some((device) => idsOf(device) === ids && device.trouble === null)),
    devices.map((device) => `${idsOf(device)} ${device.trouble}`),
  );
  await checkDriversAndRights(bench, devices);
  const refused = (await listedFor(bench, '--clear-groups')).filter((device) => kinds.some(({ ids }) => ids === idsOf(device)));
  check(
    'a user outside of it is told that he has no rights, and the cure',
    refused.length === kinds.length && refused.every(({ trouble }) => /no rights on .*install\.sh.*dialout/.test(trouble ?? '')),
    refused.map(({ trouble }) => trouble),
  );
  removeAll(bench);
};

async function checkDriversAndRights({ guest, check }: Bench, devices: readonly ListedDevice[]): Promise<void> {
  for (const { ids } of kinds) {
    const device = devices.find((found) => idsOf(found) === ids);
    if (device === undefined) continue;
    const tty = device.interfaces.find((one) => one.tty !== null)?.tty;
    const three = (value: number): string => String(value).padStart(3, '0');
    const node =
      tty === undefined || tty === null ? `/dev/bus/usb/${three(device.busNumber)}/${three(device.deviceNumber)}` : `/dev/${tty}`;
    const [rights = '', power = '', flag = ''] = await guest.shell(
      `stat -c '%G %a' ${node}; cat /sys/bus/usb/devices/${device.sysName}/power/control; udevadm info -q property ${node} | grep -c '^ID_MM_.*IGNORE=1'`,
    );
    check(`${ids}: its node belongs to dialout, 0660`, rights === 'dialout 660', rights);
    check(`${ids}: no autosuspend`, power === 'on', power);
    check(`${ids}: ModemManager leaves it alone`, Number(flag) >= 1, flag);
  }
  const [known = ''] = await guest.shell("cat /sys/bus/usb-serial/drivers/option1/new_id | tr '\\n' ','");
  check(
    'the option driver learnt the id it lacks, and not the one it has',
    /2c7c 0903/.test(known) && !/2c7c 0901/.test(known),
    known,
  );
}

/** `flashrack devices` as nobody, in the groups that setpriv gives. */
async function listedFor({ guest, log }: Bench, groups: string): Promise<readonly ListedDevice[]> {
  const command = ['setpriv', '--reuid=65534', '--regid=65534', groups, 'env', 'NODE_COMPILE_CACHE='];
  const program = guest.start(`devices ${groups}`, [...command, ...nodeProgram('devices', '--once', '--json')], () => undefined);
  await program.ended;
  return program.lines.flatMap((text) => {
    try {
      return [JSON.parse(text) as ListedDevice];
    } catch {
      log(`devices: ${text}`);
      return [];
    }
  });
}

/** The live tree on a terminal: what comes, what goes, and which interface answers AT. */
export const liveTree: Scenario = async (bench) => {
  const { guest, check } = bench;
  const [first, second] = placesAt(bench, ['1.1', '1.8.1']);
  first?.insert(newBoard('EC600U'));
  const command = `timeout --foreground --preserve-status -s INT 200 ${nodeProgram('devices', '--station', inGuest('stations/eight.json'), '--at').join(' ')}`;
  const seen = new Map<string, number>();
  const frames = (): readonly string[] => program.lines.join('\n').split('\u001b[H');
  const sees = (what: string, isSeen: boolean): boolean => {
    if (isSeen && !seen.has(what)) seen.set(what, performance.now());
    return seen.has(what);
  };
  const program = guest.start('live', ['script', '-qec', command, '/dev/null'], () => {
    const frame = frames().at(-1) ?? '';
    if (sees('AT of slot 1', /slot 1 [\s\S]*answered AT/.test(frame)) && second?.board === null && !seen.has('slot 5')) {
      second.insert(newBoard('EC800N'));
    }
    if (sees('slot 5', /slot 5 .*2c7c:600/.test(frame)) && sees('AT of slot 5', /slot 5 [\s\S]*answered AT/.test(frame)))
      second?.remove();
    if (
      !seen.has('slot 5 gone') &&
      seen.has('AT of slot 5') &&
      sees('slot 5 gone', /slot 1 /.test(frame) && !/slot 5 /.test(frame))
    )
      void guest.shell("kill -INT $(pgrep -f '^node_modules/.bin/node dist/main.js devices')");
  });
  const code = await program.ended;
  const last = frames().at(-1)?.split('\n') ?? [];
  for (const what of ['AT of slot 1', 'slot 5', 'AT of slot 5', 'slot 5 gone'])
    check(`the live tree shows ${what}`, seen.has(what), last);
  check('and ends with 0 on Ctrl-C', code === 0, code);
  removeAll(bench);
};

/** The contract suite of every transport, over the real bus. */
export const contract: Scenario = async ({ guest, check, log }) => {
  for (const shape of ['tty', 'bulk']) {
    const suite = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/usb/guest/vitest.config.ts', '--reporter=verbose'];
    const program = guest.start(
      `contract ${shape}`,
      ['env', `BUS_CONTRACT=${shape}`, 'NO_COLOR=1', 'node_modules/.bin/node', ...suite],
      (text) => log(`contract ${shape}: ${text}`),
    );
    const code = await program.ended;
    check(`the transport contract holds over ${shape} on the real bus`, code === 0, code);
  }
};
