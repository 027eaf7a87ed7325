// The session of an NV restore, command by command: the backup's own bytes go to the module and nothing else does, after what is there
// has been kept, and never onto a module whose NV tells that it is another one.
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/domain/failure.ts';
import { computedCrc, storedCrc, sum32 } from '../../../src/flashers/unisoc/nv.ts';
import { readNvToRestore, unisocRestoreFlasher } from '../../../src/flashers/unisoc/restore.ts';
import { buildNv, ownImei, ownItems } from './nv-samples.ts';
import { type Chip, createRig, profileOf, type RigOptions } from './rig.ts';
import type { Seen } from './scripted-board.ts';

const sizeOf = (chip: Chip): number => (chip === '8910' ? 0x20000 : 0x7000);
/** What the module holds before: its calibration is gone, its IMEI not. */
const harmed = (chip: Chip): Uint8Array => buildNv({ ...ownItems, 622: [0, 0], 768: [9, 9] }, sizeOf(chip));
const otherUnit = { ...ownItems, 5: [0x8a, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x42] };

async function restoring(chip: Chip, options: RigOptions = {}) {
  const blob = buildNv(ownItems, sizeOf(chip));
  const rig = await createRig(chip, { nv: harmed(chip), ...options });
  const flasher = unisocRestoreFlasher(chip, readNvToRestore(blob), ownImei);
  const plan = flasher.plan(rig.image, profileOf(chip));
  const run = async (): Promise<void> => {
    const session = await rig.clock.runUntil(flasher.connect(rig.context, plan, rig.image));
    await rig.clock.runUntil(session.program());
    await rig.clock.runUntil(session.restart());
  };
  const failure = async (): Promise<string> => {
    try {
      await run();
      return 'passed';
    } catch (thrown) {
      if (thrown instanceof Fault) return thrown.failure.code;
      throw thrown;
    }
  };
  return { ...rig, blob, plan, run, failure };
}

const inLoader = ({ stage }: Seen): boolean => stage === 'fdl2' || stage === 'norfdl';
const commandsOf = (seen: readonly Seen[]): string[] =>
  seen.filter(inLoader).map(({ text }) => text.split(' ').slice(1, 3).join(' '));
const isWrite = (seen: Seen): boolean => inLoader(seen) && (seen.type === 1 || seen.type === 10);
const firstReadOf = (seen: Seen): boolean => inLoader(seen) && seen.type === 6;

describe.each<Chip>(['8910', '8850'])('restoring the NV of a %s', (chip) => {
  it('reads, writes one blob, reads again and resets; it erases nothing and sends no image', async () => {
    const { run, board, blob, evidence } = await restoring(chip);
    await run();
    const commands = commandsOf(board.seen).filter((text, index, all) => text !== all[index - 1]);
    const kinds = commands.map((text) => text.split(' ')[0]).filter((kind, index, all) => kind !== all[index - 1]);
    expect(kinds).toEqual([...(chip === '8850' ? ['CONNECT'] : []), 'READ', 'START', 'MIDST', 'END', 'READ', 'RESET']);
    expect(board.erased).toEqual([]);
    expect(Buffer.from(board.images.get(0xfe000003) ?? []).equals(Buffer.from(blob))).toBe(true);
    expect([...board.images.keys()].filter((address) => address >= 0x60000000)).toEqual([0xfe000003]);
    const start = board.seen.find(isWrite);
    const view = new DataView(Uint8Array.from(start?.data ?? []).buffer);
    expect([view.getUint32(0), view.getUint32(4), view.getUint32(8)]).toEqual([0xfe000003, blob.length, sum32(blob)]);
    expect(storedCrc(blob)).toBe(computedCrc(blob));
    for (const { afterCommands } of evidence.values()) expect(afterCommands).toBeLessThanOrEqual(start?.index ?? 0);
    expect(Buffer.from(evidence.get('nv-before-restore.bin')?.bytes ?? []).equals(Buffer.from(harmed(chip)))).toBe(true);
  });

  it('plans its first write where the flow can first change the module', async () => {
    const { plan } = await restoring(chip);
    expect(plan.firstWrite).toBe(chip === '8910' ? 'write-nv' : 'start-norfdl');
    expect(plan.steps.filter(({ kind }) => kind === 'write' || kind === 'erase').map(({ name }) => name)).toEqual(['write-nv']);
  });

  it.each<[string, RigOptions, string]>([
    ['that refuses the first read is written all the same', { interfere: refusesOnce(firstReadOf) }, 'passed'],
    ['that falls silent at the first read is not written', { interfere: silentAt(firstReadOf) }, 'reply-timed-out'],
    ['whose NV tells another IMEI is not written', { nv: buildNv(otherUnit, sizeOf(chip)) }, 'nv-backup-of-other-unit'],
    [
      'whose evidence cannot be kept is not written',
      { keepEvidence: () => Promise.reject(new Fault({ code: 'record-not-writable', step: 'test' })) },
      'record-not-writable',
    ],
  ])('a module %s', async (_name, options, code) => {
    const { failure, board } = await restoring(chip, options);
    expect(await failure()).toBe(code);
    expect(board.seen.some(isWrite)).toBe(code === 'passed');
    expect(board.stage).toBe(code === 'reply-timed-out' ? board.stage : 'reset');
  });

  it('is not done when an item comes back changed: then nothing resets the module into service', async () => {
    const changes: RigOptions['afterwards'] = (seen, board) => {
      if (inLoader(seen) && seen.type === 3) board.writeNv({ ...board.items, 1024: [4, 4, 4, 5] });
    };
    const { failure, board } = await restoring(chip, { afterwards: changes });
    expect(await failure()).toBe('nv-changed');
    expect(board.stage).not.toBe('reset');
  });

  it('is refused for a backup of a size that this chip has not', async () => {
    const { image } = await createRig(chip);
    const wrong = readNvToRestore(buildNv(ownItems, chip === '8910' ? 0x7000 : 0x30000));
    expect(() => unisocRestoreFlasher(chip, wrong, ownImei).plan(image, profileOf(chip))).toThrow(/nv-backup-corrupt/);
  });
});

it('a backup of one chip is planned with no package of the other', async () => {
  const { image } = await createRig('8850');
  const flasher = unisocRestoreFlasher('8910', readNvToRestore(buildNv(ownItems)), ownImei);
  expect(() => flasher.plan(image, profileOf('8910'))).toThrow(/package-platform-mismatch/);
});

function refusesOnce(at: (seen: Seen) => boolean): NonNullable<RigOptions['interfere']> {
  let isOver = false;
  return (seen) => {
    if (isOver || !at(seen)) return undefined;
    isOver = true;
    return 0x96;
  };
}

function silentAt(at: (seen: Seen) => boolean): NonNullable<RigOptions['interfere']> {
  return (seen) => (at(seen) ? 'silence' : undefined);
}
