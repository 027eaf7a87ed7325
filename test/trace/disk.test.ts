// One law for the disk of this computer and the simulated one; then what only one of them can do.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Disk } from '../../src/bench/disk.ts';
import { memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { nodeDisk } from '../../src/trace/node-disk.ts';

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));

let folder = '';
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'flashrack-disk-')), 'logs', 'journal');
});
afterEach(async () => {
  await rm(join(folder, '../..'), { recursive: true, force: true });
});

const disks: readonly [string, () => Disk][] = [
  ['of this computer', () => nodeDisk],
  ['in memory', () => memoryDisk(new SimulatedClock()).startProcess()],
];

describe.each(disks)('the disk %s', (_, make) => {
  const read = async (disk: Disk, name: string): Promise<string> => Buffer.from(await disk.read(join(folder, name))).toString();

  it('appends, syncs and cuts, and what it appends after a cut goes to the new end', async () => {
    const disk = make();
    await disk.makeFolder(folder);
    const file = await disk.openForAppend(join(folder, 'a'));
    await file.append(text('one two'));
    await file.sync();
    await file.truncate(4);
    await file.append(text('three'));
    await file.sync();
    await file.close();
    expect(await read(disk, 'a')).toBe('one three');
    const again = await disk.openForAppend(join(folder, 'a'));
    await again.append(text('!'));
    await again.close();
    expect(await read(disk, 'a')).toBe('one three!');
  });

  it('appends a large piece whole', async () => {
    const disk = make();
    await disk.makeFolder(folder);
    const file = await disk.openForAppend(join(folder, 'large'));
    const bytes = new Uint8Array(3_000_000).map((_, index) => index % 251);
    await file.append(bytes);
    await file.close();
    expect(Buffer.compare(await disk.read(join(folder, 'large')), bytes)).toBe(0);
  });

  it('lists names in order, and an absent folder as empty', async () => {
    const disk = make();
    expect(await disk.list(folder)).toEqual([]);
    await disk.makeFolder(folder);
    for (const name of ['b', 'a', 'c']) await disk.writeWhole(join(folder, name), text(name));
    await disk.syncFolder(folder);
    expect(await disk.list(folder)).toEqual(['a', 'b', 'c']);
  });

  it('writes a whole file under its name, over an older one too, and leaves nothing else behind', async () => {
    const disk = make();
    await disk.makeFolder(folder);
    await disk.writeWhole(join(folder, 'a'), text('first and long'));
    await disk.writeWhole(join(folder, 'a'), text('second'));
    expect(await read(disk, 'a')).toBe('second');
    expect(await disk.list(folder)).toEqual(['a']);
  });

  it('writes over a range without touching what is around it', async () => {
    const disk = make();
    await disk.makeFolder(folder);
    await disk.writeWhole(join(folder, 'a'), text('0123456789'));
    await disk.overwrite(join(folder, 'a'), 3, text('xyz'));
    await disk.overwrite(join(folder, 'a'), 10, text(''));
    expect(await read(disk, 'a')).toBe('012xyz6789');
  });

  it('keeps the errno code of what went wrong', async () => {
    const disk = make();
    await expect(disk.read(join(folder, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(disk.overwrite(join(folder, 'absent'), 0, text('x'))).rejects.toMatchObject({ code: 'ENOENT' });
    await disk.makeFolder(folder);
    const file = await disk.openForAppend(join(folder, 'a'));
    await file.close();
    await expect(file.append(text('x'))).rejects.toMatchObject({ code: 'EBADF' });
    await expect(file.sync()).rejects.toMatchObject({ code: 'EBADF' });
  });

  it('gives a lock to one only, until it is released', async () => {
    const disk = make();
    await disk.makeFolder(folder);
    const lock = await disk.lock(join(folder, 'lock'));
    await expect(disk.lock(join(folder, 'lock'))).rejects.toMatchObject({ code: 'EBUSY' });
    await lock.release();
    await (await disk.lock(join(folder, 'lock'))).release();
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => disk.lock(join(folder, 'lock'))));
    expect(tries.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });
});

describe('the lock file', () => {
  const lockPath = (): string => join(folder, 'lock');

  it('names the process that holds it', async () => {
    await nodeDisk.makeFolder(folder);
    const lock = await nodeDisk.lock(lockPath());
    expect(await readFile(lockPath(), 'utf8')).toMatch(new RegExp(`^${process.pid}\\b`));
    await lock.release();
    await expect(stat(lockPath())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['a process that is gone', '4194303 boot 1'],
    ['a process of an earlier boot that had our pid', `${process.pid} another-boot 1`],
    ['a power cut that kept the name only', ''],
  ])('of %s is taken over, by one of many that try at once', async (_, holder) => {
    await nodeDisk.makeFolder(folder);
    await writeFile(lockPath(), holder);
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => nodeDisk.lock(lockPath())));
    const refused = tries.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as { code?: string }] : []));
    expect(refused).toHaveLength(19);
    for (const { code } of refused) expect(code).toBe('EBUSY');
    expect(await readFile(lockPath(), 'utf8')).toMatch(new RegExp(`^${process.pid}\\b`));
    expect(await readdir(folder)).toEqual(['lock']);
  });

  it('whose taker died while taking over does not stop the next one', async () => {
    await nodeDisk.makeFolder(folder);
    await writeFile(lockPath(), '4194303 boot 1');
    await writeFile(`${lockPath()}.takeover`, '4194302 boot 1');
    await (await nodeDisk.lock(lockPath())).release();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the simulated disk', () => {
  const bench = () => {
    const clock = new SimulatedClock();
    return { clock, medium: memoryDisk(clock) };
  };

  it('drops or tears at a byte what no sync has covered when the power is cut', async () => {
    for (const kept of [0, 2, 5]) {
      const { medium } = bench();
      const disk = medium.startProcess();
      await disk.writeWhole('f/a', text('safe '));
      const file = await disk.openForAppend('f/a');
      await file.append(text('or so'));
      medium.cutPower(() => kept);
      expect(Buffer.from(medium.bytesOf('f/a')).toString()).toBe('safe or so'.slice(0, 5 + kept));
    }
  });

  it('may lose the name of a new file whose folder was not synced', async () => {
    for (const stays of [0, 1]) {
      const { medium } = bench();
      const disk = medium.startProcess();
      const file = await disk.openForAppend('f/new');
      await file.append(text('x'));
      await file.sync();
      medium.cutPower(() => stays);
      expect(await medium.startProcess().list('f')).toEqual(stays === 1 ? ['new'] : []);
    }
  });

  it('keeps everything when only the process is killed, and never answers the dead one', async () => {
    const { clock, medium } = bench();
    const disk = medium.startProcess();
    const file = await disk.openForAppend('f/a');
    await file.append(text('unsynced'));
    medium.setSyncMs(5);
    let answered = false;
    const answer = (): void => {
      answered = true;
    };
    file.sync().then(answer, answer);
    disk.kill();
    await clock.run();
    expect(answered).toBe(false);
    expect(Buffer.from(medium.bytesOf('f/a')).toString()).toBe('unsynced');
  });

  it('forgets for good what a failed sync did not write, though it can still be read', async () => {
    const { medium } = bench();
    const disk = medium.startProcess();
    await disk.writeWhole('f/a', text('safe '));
    const file = await disk.openForAppend('f/a');
    await file.append(text('lost '));
    medium.failSyncs(1);
    await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' });
    await file.append(text('later'));
    await file.sync();
    expect(Buffer.from(medium.bytesOf('f/a')).toString()).toBe('safe lost later');
    medium.cutPower(() => 0);
    expect(Buffer.from(medium.bytesOf('f/a')).toString()).toBe('safe \0\0\0\0\0later');
  });

  it('writes what fits and refuses the rest when it is full', async () => {
    const { medium } = bench();
    const file = await medium.startProcess().openForAppend('f/a');
    medium.setFreeBytes(3);
    await expect(file.append(text('abcdef'))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(Buffer.from(medium.bytesOf('f/a')).toString()).toBe('abc');
  });
});
