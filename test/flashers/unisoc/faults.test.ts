// What goes wrong in both flows, each failure by its own code: refusals, silence, broken replies, unplugs, aborts.
import { describe, expect, it } from 'vitest';
import { type FailureCode, Fault } from '../../../src/domain/failure.ts';
import { type Chip, createRig, type Rig, type RigOptions } from './rig.ts';
import type { Interference, Seen } from './scripted-board.ts';
import { pdlReply } from './scripted-board.ts';

/** Interferes with the first command whose text begins so. */
const at = (start: string, interference: Interference): Pick<RigOptions, 'interfere'> => ({
  interfere: ({ text }: Seen) => (text.startsWith(start) ? interference : undefined),
});

async function failureOf(rig: Rig): Promise<Fault> {
  try {
    await rig.flash();
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
  return expect.unreachable('it passed');
}

const isDestructive = ({ stage, type }: Seen): boolean => (stage === 'fdl2' || stage === 'norfdl') && (type === 1 || type === 10);

describe('a reply that is no ACK ends the job with its meaning, and names the step', () => {
  const cases: readonly [Chip, string, number, FailureCode, string][] = [
    ['8910', 'fdl1 START', 0x89, 'device-refused', 'load-fdl2'],
    ['8910', 'fdl1 END', 0xaa, 'signature-refused', 'load-fdl2'],
    ['8910', 'fdl2 START 60010000', 0x89, 'device-refused', 'write-ap'],
    ['8910', 'fdl2 START 60010000', 0x96, 'device-refused', 'write-ap'],
    ['8910', 'fdl2 MIDST', 0x8a, 'device-refused', 'write-bootloader'],
    ['8910', 'fdl2 END', 0x8b, 'verify-mismatch', 'write-bootloader'],
    ['8910', 'fdl2 END', 0xaa, 'signature-refused', 'write-bootloader'],
    ['8910', 'fdl2 ERASE', 0x96, 'device-refused', 'erase-py-fs-u'],
    ['8910', 'fdl2 ERASE', 0x93, 'reply-unexpected', 'erase-py-fs-u'],
    ['8910', 'fdl2 ERASE', 0x42, 'reply-unexpected', 'erase-py-fs-u'],
    ['8910', 'fdl2 ERASE', 0xee, 'device-refused', 'erase-py-fs-u'],
    ['8850', 'rom START', 0x82, 'device-refused', 'load-norfdl'],
    ['8850', 'rom END', 0x8b, 'device-refused', 'load-norfdl'],
    ['8850', 'rom EXEC', 0x8b, 'device-refused', 'start-norfdl'],
    ['8850', 'norfdl ERASE', 0x97, 'package-for-other-model', 'erase-spl'],
    ['8850', 'norfdl END', 0x8b, 'verify-mismatch', 'write-boot'],
  ];
  it.each(cases)('%s: %s answered 0x%s is %s in %s', async (chip, command, reply, code, step) => {
    const rig = await createRig(chip, at(command, reply));
    const { failure } = await failureOf(rig);
    expect({ code: failure.code, step: failure.step }).toEqual({ code, step });
    expect(failure.actual).toContain(`0x${reply.toString(16).toUpperCase()}`);
  });

  it('names the reply and the address', async () => {
    const { failure } = await failureOf(await createRig('8850', at('norfdl ERASE', 0x97)));
    expect(failure).toMatchObject({ expected: '0x80 ACK', actual: '0x97 UNKNOWN_DEVICE', address: '0x60000000' });
  });

  it.each<Chip>(['8910', '8850'])('%s: but 96 directly after EXEC is good', async (chip) => {
    const rig = await createRig(chip, { execReply: 0x96 });
    await rig.flash();
    expect(rig.board.stage).toBe('reset');
  });

  it('a refused PDL block names the ROM and its status', async () => {
    const { failure } = await failureOf(await createRig('8910', at('pdl MID 1', pdlReply(3))));
    expect(failure).toMatchObject({
      code: 'device-refused',
      step: 'load-fdl1',
      actual: 'PDL status 0x3 INVALID_ADDR',
      address: '0x8008C0',
    });
  });

  it('a status after PDL EXEC means the image check failed', async () => {
    const { failure } = await failureOf(await createRig('8910', at('pdl EXEC', pdlReply(8))));
    expect(failure).toMatchObject({ code: 'device-refused', step: 'load-fdl1' });
  });
});

describe('a package for another model', () => {
  it('is refused at the first erase: nothing of it is written, and the module boots again', async () => {
    const rig = await createRig('8850', at('norfdl ERASE', 0x97));
    await failureOf(rig);
    expect(rig.board.texts().at(-1)).toBe('norfdl RESET');
    expect([...rig.board.images.keys()]).toEqual([0x50800000]);
    expect(rig.board.erased).toEqual([]);
  });

  it('may be told in two replies: the second is not the answer to the reset', async () => {
    const rig = await createRig('8850', {
      interfere: ({ text }, board) =>
        text.startsWith('norfdl ERASE') ? Uint8Array.of(...board.frame(0x97), ...board.frame(0x8a)) : undefined,
    });
    expect((await failureOf(rig)).failure.code).toBe('package-for-other-model');
    expect(rig.board.texts().at(-1)).toBe('norfdl RESET');
    expect(rig.events.at(-1)).not.toMatchObject({ type: 'note.added' });
  });
});

describe('silence', () => {
  const cases: readonly [Chip, string, FailureCode, string][] = [
    ['8910', 'pdl CONNECT', 'rom-silent', 'handshake'],
    ['8910', 'pdl START', 'reply-timed-out', 'load-fdl1'],
    ['8910', 'fdl1 EXEC', 'reply-timed-out', 'load-fdl2'],
    ['8910', 'fdl2 MIDST', 'reply-timed-out', 'write-bootloader'],
    ['8850', 'rom MIDST', 'reply-timed-out', 'load-norfdl'],
    ['8850', 'norfdl END', 'reply-timed-out', 'write-boot'],
  ];
  it.each(cases)('%s: after %s is %s in %s', async (chip, command, code, step) => {
    const rig = await createRig(chip, at(command, 'silence'));
    const { failure } = await failureOf(rig);
    expect({ code: failure.code, step: failure.step }).toEqual({ code, step });
  });

  it('of the 8850 ROM to 7E and CONNECT is rom-silent', async () => {
    const rig = await createRig('8850', { isAwake: true, interfere: () => 'silence' });
    expect((await failureOf(rig)).failure.code).toBe('rom-silent');
  });

  it.each<[Chip, string]>([
    ['8910', 'fdl2 MIDST'],
    ['8850', 'rom MIDST'],
  ])('%s: a MIDST without a reply is never sent again', async (chip, command) => {
    const rig = await createRig(chip, at(command, 'silence'));
    await failureOf(rig);
    expect(rig.board.texts().filter((text) => text.startsWith(command))).toHaveLength(1);
    expect(rig.board.texts().at(-1)).toContain('MIDST');
  });

  it('waits for an END as long as a slow device needs, and not for ever', async () => {
    const rig = await createRig('8910', at('fdl2 END', 'silence'));
    const before = await rig.connect().then((session) => [session, rig.clock.now()] as const);
    await expect(rig.clock.runUntil(before[0].program())).rejects.toThrow('within 60000 ms');
    expect(rig.clock.now() - before[1]).toBe(60_000);
  });
});

describe('a broken or foreign reply', () => {
  it('with a wrong check is the link, not the unit', async () => {
    const rig = await createRig('8910', at('fdl2 ERASE', Uint8Array.of(0x7e, 0, 0x80, 0, 0, 0xfe, 0x7f, 0x7e)));
    expect((await failureOf(rig)).failure.code).toBe('reply-checksum-wrong');
  });

  it('with a wrong size is malformed', async () => {
    const rig = await createRig('8910', at('fdl2 ERASE', Uint8Array.of(0x7e, 0, 0x80, 0, 2, 0xff, 0x7d, 0x5d, 0x7e)));
    expect((await failureOf(rig)).failure.code).toBe('reply-malformed');
  });

  it('that nobody asked for is not taken as the answer to the next command', async () => {
    const rig = await createRig('8910', {
      afterwards: ({ text }, board) => {
        if (text.startsWith('fdl2 START 60000000')) board.say(board.frame(0x80));
      },
    });
    const { failure } = await failureOf(rig);
    expect(failure).toMatchObject({ code: 'reply-unexpected', step: 'write-bootloader' });
    expect(rig.board.texts().some((text) => text.startsWith('fdl2 MIDST'))).toBe(false);
  });

  it('of PDL that came twice does not put every later answer one request ahead', async () => {
    const rig = await createRig('8910', {
      ...at('pdl MID 1', pdlReply(3)),
      afterwards: ({ text }, board) => {
        if (text.startsWith('pdl START')) board.say(pdlReply(0));
      },
    });
    const { failure } = await failureOf(rig);
    expect(failure).toMatchObject({ code: 'device-refused', step: 'load-fdl1', address: '0x8008C0' });
  });

  it('of PDL is malformed when its length is not 4', async () => {
    const rig = await createRig('8910', at('pdl START', Uint8Array.of(0xae, 5, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0)));
    expect((await failureOf(rig)).failure.code).toBe('reply-malformed');
  });
});

describe.each<Chip>(['8910', '8850'])('an unplug of a %s', (chip) => {
  it('at every single command is a lost transport, never a pass', { timeout: 120_000 }, async () => {
    const whole = await createRig(chip);
    await whole.flash();
    const commands = whole.board.seen.length - 1;
    const firstWrite = whole.board.seen.findIndex((seen) => isDestructive(seen) || seen.text === 'rom EXEC');
    expect(commands).toBeGreaterThan(20);
    for (let index = 0; index < commands; index++) {
      const rig = await createRig(chip, { interfere: (seen) => (seen.index === index ? 'unplug' : undefined) });
      let isConnected = false;
      const run = async (): Promise<void> => {
        const session = await rig.connect();
        isConnected = true;
        await rig.clock.runUntil(session.program());
      };
      await expect(run(), `command ${index}`).rejects.toMatchObject({ failure: { code: 'transport-closed' } });
      expect(isConnected, `command ${index}`).toBe(index >= firstWrite);
    }
  });
});

describe('an abort', () => {
  it.each<[Chip, string]>([
    ['8910', 'fdl2 MIDST'],
    ['8850', 'norfdl READ'],
  ])('%s: in %s ends at once with its reason, and nothing more is sent', async (chip, command) => {
    const reason = new Error('operator');
    const rig: Rig = await createRig(chip, {
      interfere: ({ text }) => {
        if (text.startsWith(command)) rig.abort.abort(reason);
        return undefined;
      },
    });
    await expect(rig.flash()).rejects.toBe(reason);
    expect(rig.board.texts().at(-1)?.startsWith(command)).toBe(true);
  });
});

describe('a held session', () => {
  it.each<Chip>(['8910', '8850'])('%s: waits, sends nothing, and is ready for program when it is let go', async (chip) => {
    const rig = await createRig(chip);
    const session = await rig.connect();
    const sent = rig.board.writes.length;
    const until = new AbortController();
    const holding = session.hold(until.signal);
    await rig.clock.advance(600_000);
    rig.board.say(Uint8Array.of(0x7e));
    until.abort();
    await holding;
    expect(rig.board.writes.length).toBe(sent);
    await rig.clock.runUntil(session.program());
  });

  it('rejects when the module is pulled', async () => {
    const rig = await createRig('8910');
    const session = await rig.connect();
    const holding = session.hold(new AbortController().signal);
    rig.board.unplug();
    await expect(holding).rejects.toMatchObject({ failure: { code: 'transport-closed' } });
  });

  it('rejects with the abort of the session', async () => {
    const rig = await createRig('8850');
    const session = await rig.connect();
    const reason = new Error('drain');
    const holding = session.hold(new AbortController().signal);
    rig.abort.abort(reason);
    await expect(holding).rejects.toBe(reason);
  });
});

describe('leaving a module that was not written', () => {
  it('resets it where FDL2 runs, and sends nothing to the 8850 ROM', async () => {
    for (const [chip, last] of [
      ['8910', 'fdl2 RESET'],
      ['8850', 'rom END'],
    ] as const) {
      const rig = await createRig(chip);
      await rig.clock.runUntil((await rig.connect()).leave());
      expect(rig.board.texts().at(-1)).toBe(last);
    }
  });

  it('never rejects: not when the module is gone, nor when it stays silent', async () => {
    const gone = await createRig('8910');
    const session = await gone.connect();
    gone.board.unplug();
    await gone.clock.runUntil(session.leave());
    const silent = await createRig('8910', at('fdl2 RESET', 'silence'));
    await silent.clock.runUntil((await silent.connect()).leave());
    expect(silent.events.at(-1)).toMatchObject({ type: 'note.added' });
  });

  it('does nothing once program has begun', async () => {
    const rig = await createRig('8910', at('fdl2 ERASE', 0x84));
    const session = await rig.connect();
    await expect(rig.clock.runUntil(session.program())).rejects.toThrow(Fault);
    await rig.clock.runUntil(session.leave());
    expect(rig.board.texts().at(-1)).toContain('ERASE');
  });
});

describe('the reset', () => {
  it.each<Interference>(['silence', 'unplug', Uint8Array.of(0x7e, 0, 0x80)])(
    'may be cut off in its reply: %s',
    async (interference) => {
      const rig = await createRig('8910', at('fdl2 RESET', interference));
      await rig.flash();
      expect(rig.board.texts().at(-1)).toBe('fdl2 RESET');
    },
  );

  it('that is refused is a failure', async () => {
    expect((await failureOf(await createRig('8850', at('norfdl RESET', 0x82)))).failure.code).toBe('device-refused');
  });
});

describe('a probe', () => {
  it.each<Chip>(['8910', '8850'])('%s: finds the ROM, and a connect after it works', async (chip) => {
    const rig = await createRig(chip);
    expect(await rig.clock.runUntil(rig.flasher.probe(rig.context))).toBe(true);
    await rig.flash();
    expect(rig.board.stage).toBe('reset');
  });

  it.each<Chip>(['8910', '8850'])('%s: of silence is false within 2 s', async (chip) => {
    const rig = await createRig(chip, { isAwake: true, interfere: () => 'silence' });
    expect(await rig.clock.runUntil(rig.flasher.probe(rig.context))).toBe(false);
    expect(rig.clock.now()).toBeLessThanOrEqual(2000);
  });

  it('of a module that echoes is false', async () => {
    const rig = await createRig('8910', {
      interfere: () => Uint8Array.of(0xae, 12, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    });
    expect(await rig.clock.runUntil(rig.flasher.probe(rig.context))).toBe(false);
  });
});
