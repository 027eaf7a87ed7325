// What goes wrong in SMUX sessions, each with its own code and nothing sent after it; and the traps of asr.md §21.
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../src/domain/failure.ts';
import { goodScript, image, readPackageOf } from '../../firmware/asr-builder.ts';
import { refusalOf } from '../../firmware/refusal.ts';
import { type Answer, type DoubleOptions, unsparse } from './device-double.ts';
import { createRig, type Rig } from './rig.ts';

/** Answers one command in its own way, from the given time on that it is heard. */
const instead =
  (wanted: string | RegExp, replies: readonly string[], from = 1): Answer =>
  (command, count) =>
    (typeof wanted === 'string' ? command === wanted : wanted.test(command)) && count >= from ? replies : null;

interface Failed {
  readonly rig: Rig;
  readonly failure: Failure;
}

/** Runs the whole flash, which must fail, and proves that nothing was sent after the failure. */
async function failing(options: DoubleOptions, contents: Parameters<typeof readPackageOf>[0] = {}): Promise<Failed> {
  const rig = createRig(await readPackageOf(contents), options);
  const failure = await refusalOf(rig.flash);
  const written = rig.double.transport.writes.length;
  await rig.clock.advance(400_000);
  expect(rig.double.transport.writes).toHaveLength(written);
  expect(rig.double.commands).not.toContain('reboot');
  return { rig, failure };
}

const both = [
  ['script', { script: goodScript() }],
  ['manifest', {}],
] as const;

describe.each(both)('by the %s, a module that does not fit the package is refused before any write:', (_, contents) => {
  it('another boot ROM, and nothing is downloaded', async () => {
    const { rig, failure } = await failing({ bootRom: '2021.10.16' }, contents);
    expect(failure).toMatchObject({
      code: 'boot-rom-mismatch',
      step: 'verify-version-bootrom',
      expected: '2020.07.30',
      actual: '2021.10.16',
    });
    expect(rig.double.commands.filter((command) => command.startsWith('download:'))).toEqual([]);
  });

  it('a boot ROM that only begins alike: all characters are compared', async () => {
    const { failure } = await failing({ bootRom: '2020.07.301' }, contents);
    expect(failure.code).toBe('boot-rom-mismatch');
  });

  it('another product', async () => {
    const { failure } = await failing({ product: 'other' }, contents);
    expect(failure).toMatchObject({ code: 'package-for-other-model', step: 'verify-product', actual: 'other' });
  });

  it('another flash chip', async () => {
    const text = 'FAILparse flash information table failed';
    const { rig, failure } = await failing({ answer: instead('partition', [text]) }, contents);
    expect(failure).toMatchObject({ code: 'package-for-other-model', step: 'load-flashinfo.bin', actual: text });
    expect(rig.double.flashed).toEqual([]);
  });
});

describe('a FAIL', () => {
  it.each([
    ['getvar:product', 'device-refused', 'verify-product'],
    ['verify', 'signature-refused', 'load-preboot.img'],
    ['call', 'device-refused', 'load-preboot.img'],
    ['flash:cp', 'burn-failed', 'write-cp'],
    ['erase:fota_param', 'burn-failed', 'erase-fota_param'],
    ['progress:00002328', 'device-refused', 'announce-weight'],
    ['data', 'device-refused', 'load-preboot.img'],
  ])('to %s is %s, and ends the session', async (command, code, step) => {
    const { failure } = await failing({ answer: instead(command, ['FAILno']) });
    expect(failure).toMatchObject({ code, step, actual: 'FAILno' });
  });

  it('to download ends it before the data', async () => {
    const { rig, failure } = await failing({ answer: instead(/^download:/, ['FAILtoo big']) });
    expect(failure.code).toBe('device-refused');
    expect(rig.double.largestFrame()).toBe(0);
  });

  it('to the second table is not taken for another flash chip', async () => {
    const { failure } = await failing({ answer: instead('partition', ['FAILbad crc'], 2) });
    expect(failure).toMatchObject({ code: 'device-refused', step: 'load-partition.bin' });
  });

  it('among the data stops them at once', async () => {
    let heard = 0;
    const { failure } = await failing({
      onData: (double, received) => {
        heard = received;
        if (double.commands.includes('partition') && received === 1024) double.say('ABOOT_CMD', 'FAILbad');
      },
    });
    expect(failure).toMatchObject({ code: 'device-refused', actual: 'FAILbad' });
    expect(heard).toBe(1024);
  });
});

describe('the size in DATA', () => {
  it.each(['DATA000001f5', 'DATA000001f3', 'DATA00000000'])(
    '%s for another one ends the session before the data',
    async (said) => {
      const { rig, failure } = await failing({ answer: instead(/^download:000001f4/, [said]) });
      expect(failure).toMatchObject({ code: 'download-size-mismatch', step: 'load-preboot.img', actual: said });
      expect(rig.double.largestFrame()).toBe(0);
      expect(rig.double.commands.at(-1)).toBe('download:000001f4');
    },
  );

  it.each(['DATA', 'DATA1f4', 'OKAY'])('%s is no size', async (said) => {
    const { failure } = await failing({ answer: instead(/^download:000001f4/, [said]) });
    expect(failure.code).toBe('reply-unexpected');
  });
});

describe('a reply', () => {
  it('with more after OKAY than was expected is refused: not only four characters count', async () => {
    const { failure } = await failing({ answer: instead('flash:cp', ['OKAYish']) });
    expect(failure).toMatchObject({ code: 'reply-unexpected', step: 'write-cp', expected: 'OKAY', actual: 'OKAYish' });
  });

  it('with one flipped bit is refused, and the bit can be seen in what is told', async () => {
    const { failure } = await failing({ answer: instead('flash:cp', ['OKAY\x7f']) });
    expect(failure).toMatchObject({ code: 'reply-unexpected', expected: 'OKAY', actual: 'OKAY\\x7f' });
  });

  it('that is none of the known words is malformed', async () => {
    const { failure } = await failing({ answer: instead('verify', ['WHAT']) });
    expect(failure.code).toBe('reply-malformed');
  });

  it('too many is not taken as the answer to the next command', async () => {
    const { failure } = await failing({ answer: instead('verify', ['OKAY', 'OKAY']) });
    expect(failure.code).toBe('reply-unexpected');
  });

  it('long before the last frame of the data is not the answer to them', async () => {
    const { failure } = await failing({
      onData: (double, received) => {
        if (double.commands.includes('partition') && received === 2048) double.say('ABOOT_CMD', 'OKAY');
      },
    });
    expect(failure.code).toBe('reply-unexpected');
  });

  it('is never a log line, whatever it says', async () => {
    const answer = instead('verify', []);
    const rig = createRig(await readPackageOf(), { answer });
    const failed = refusalOf(rig.connect);
    rig.double.say('STDIO', 'OKAY');
    expect((await failed).code).toBe('reply-timed-out');
    expect(rig.notes()).toContain('OKAY');
  });
});

describe('silence', () => {
  it.each([
    ['getvar:product', 10_000],
    ['getvar:version', 30_000],
    ['verify', 30_000],
    ['call', 300_000],
    ['partition', 30_000],
    ['flash:cp', 120_000],
    ['erase:fota_param', 120_000],
    ['data', 60_000],
  ])('after %s is waited out for %i ms, and ends the session', async (command, timeoutMs) => {
    const rig = createRig(await readPackageOf(), { answer: instead(command, []) });
    expect((await refusalOf(rig.flash)).code).toBe('reply-timed-out');
    expect(rig.clock.now()).toBe(timeoutMs);
    expect(rig.double.commands.at(-1)).toMatch(command === 'data' ? /^download:/ : new RegExp(`^${command}$`));
  });

  it('is told the operator every 10 s', async () => {
    const { rig } = await failing({ answer: instead('flash:cp', []) });
    expect(rig.notes().filter((note) => note.startsWith('no answer to flash:cp'))).toHaveLength(11);
  });

  it('of heartbeats too, after a command that is answered at once, is a lost link', async () => {
    const rig = createRig(await readPackageOf(), { answer: instead('getvar:version-bootrom', []) });
    rig.double.transport.deliver(Buffer.from('7e7d25487e', 'hex'));
    const beat = (): void => rig.double.say('HEART_BEAT', 'H');
    rig.clock.after(50, beat);
    rig.clock.after(350, beat);
    expect(await refusalOf(rig.connect)).toMatchObject({ code: 'link-lost', step: 'verify-version-bootrom' });
    expect(rig.clock.now()).toBe(3_350);
  });

  it('while the device is at work is no lost link, also for one that had sent heartbeats', async () => {
    const rig = createRig(await readPackageOf(), { answer: instead('call', []) });
    rig.clock.after(200_000, () => rig.double.say('ABOOT_CMD', 'OKAY'));
    rig.clock.after(400_000, () => rig.double.say('ABOOT_CMD', 'OKAY'));
    rig.double.say('STDIO', 'log');
    await rig.connect();
    expect(rig.clock.now()).toBe(400_000);
  });
});

describe('an early OKAY', () => {
  it('that is there before the last write has returned is the answer to the data', async () => {
    // The double says it inside the write of the last frame; a host that clears its replies after the data would wait for ever.
    const rig = createRig(await readPackageOf({ script: goodScript() }));
    await rig.flash();
    expect(rig.clock.now()).toBe(0);
  });

  it('that overtakes the last frame is the answer too, and the frame still goes out', async () => {
    const rig = createRig(await readPackageOf(), {
      answer: (command) => (command === 'data' && rig.double.flashed.length === 0 && rig.double.loaded.length === 4 ? [] : null),
      onData: (double, received) => {
        const last = Math.floor(0x3064 / 1024) * 1024;
        if (double.loaded.length === 4 && double.flashed.length === 0 && received === last) double.say('ABOOT_CMD', 'OKAY');
      },
    });
    await rig.flash();
    expect(rig.double.flashed[0]?.bytes).toHaveLength(0x3064 - 32);
  });
});

describe('a lost OKAY of call', () => {
  const lost = (command: string, count: number): readonly string[] | null =>
    command === 'call' && count === 2 ? ['INFOboot', 'PROG0'] : null;

  it('is replaced by the PROG that comes instead', async () => {
    const rig = createRig(await readPackageOf(), { answer: lost });
    await rig.flash();
    expect(rig.double.flashed.length).toBeGreaterThan(0);
    expect(rig.notes()).toContain('the OKAY of call is lost: a PROG stands for it');
  });

  it('that comes late after all is not taken for the answer to the next download', async () => {
    const rig = createRig(await readPackageOf(), {
      answer: (command, count) => {
        if (
          command.startsWith('download:') &&
          rig.double.commands.filter((said) => said === 'call').length === 2 &&
          count === 1
        ) {
          return rig.double.commands.includes('partition') ? null : ['OKAY', `DATA${command.slice('download:'.length)}`];
        }
        return lost(command, count);
      },
    });
    await rig.flash();
    expect(rig.notes()).toContain('the OKAY of call came late');
    expect(rig.double.commands.at(-1)).toBe('disconnect');
  });
});

describe('a device that talks much', () => {
  it('floods with INFO, PROG, logs and heartbeats around every reply, and is flashed all the same', async () => {
    const flood: Answer = (command) => {
      if (command === 'call') return [...Array.from({ length: 300 }, (_, line) => `INFOline ${line}`), 'OKAY'];
      return command.startsWith('flash:') ? ['INFOerasing', 'PROG10', 'PROG50', 'OKAY'] : null;
    };
    const rig = createRig(await readPackageOf(), {
      answer: flood,
      pieceBytes: 5,
      onData: (double) => {
        double.say('HEART_BEAT', 'H');
        double.say('STDIO', '[INFO: QspiNor] ~}~ write');
      },
    });
    await rig.flash();
    const pieces = rig.double.flashed.filter(({ partition }) => partition === 'cp').map(({ bytes }) => bytes);
    expect(unsparse(pieces).subarray(0, image('cp.bin').length)).toEqual(Buffer.from(image('cp.bin')));
    expect(rig.notes()).toContain('[INFO: QspiNor] ~}~ write');
    expect(rig.notes()).toContain('progress 50 %');
  });

  it('tells by PROG that it is at work, so that a long write is no stall', async () => {
    const rig = createRig(await readPackageOf(), { answer: instead('flash:cp', []) });
    const session = await rig.connect();
    const begun = rig.clock.now();
    for (const at of [1_000, 2_000, 3_000]) rig.clock.after(at, () => rig.double.say('ABOOT_CMD', `PROG${at / 100}`));
    rig.clock.after(4_000, () => rig.double.say('ABOOT_CMD', 'OKAY'));
    const counted = rig.events.length;
    await rig.clock.runUntil(session.program());
    expect(rig.clock.now() - begun).toBe(4_000);
    const alive = rig.events.slice(counted).filter((event) => event.type === 'step.progressed' && event.step === 'write-cp');
    expect(alive.length).toBeGreaterThanOrEqual(3);
  });
});

describe('an unplug', () => {
  it('in the middle of the data ends the session in the step it happened in', async () => {
    const rig = createRig(await readPackageOf(), {
      onData: (double) => {
        if (double.flashed.length === 1) double.transport.unplug();
      },
    });
    expect(await refusalOf(rig.flash)).toMatchObject({ code: 'transport-closed', step: 'write-customer_app' });
  });
});

describe('the restart', () => {
  const restarted = async (answer: Answer): Promise<Rig> => {
    const rig = createRig(await readPackageOf(), { answer });
    await rig.flash();
    return rig;
  };

  it('that is refused is a warning: the flash is written, and the read-back decides', async () => {
    const rig = await restarted(instead('reboot', ['FAILno']));
    expect(rig.evidence()['asr.rebootRefused']).toBe('FAILno');
    expect(rig.double.commands.slice(-3)).toEqual(['reboot', 'complete', 'disconnect']);
  });

  it('that cuts its own reply off is no failure', async () => {
    const rig = await restarted(instead('reboot', []));
    expect(rig.double.commands.at(-1)).toBe('reboot');
    expect(rig.clock.now()).toBe(10_000);
  });

  it('is sent also when the last write was answered twice', async () => {
    const rig = await restarted(instead('flash:customer_app', ['OKAY', 'OKAY']));
    expect(rig.double.commands.slice(-3)).toEqual(['reboot', 'complete', 'disconnect']);
  });

  it('does not wait longer than 1 s for the answer to disconnect', async () => {
    const rig = await restarted(instead('disconnect', []));
    expect(rig.clock.now()).toBe(1_000);
  });

  it('after a failed program sends nothing', async () => {
    const rig = createRig(await readPackageOf(), { answer: instead('flash:cp', ['FAILbad']) });
    const session = await rig.connect();
    await refusalOf(() => rig.clock.runUntil(session.program()));
    await rig.clock.runUntil(session.restart());
    expect(rig.double.commands.at(-1)).toBe('flash:cp');
  });
});
