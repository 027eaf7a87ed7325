// What a session does when the device answers wrongly, late or not at all, and when it is aborted.
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/domain/failure.ts';
import { burnStatusNames } from '../../../src/flashers/eigencomm/opcodes.ts';
import { replyFrame, type Stage, type Tamper, u32 } from './device-double.ts';
import { ec618Package, flexFile } from './fixtures.ts';
import { createRig, type Rig } from './rig.ts';

const small = () => ec618Package({ sizes: { AP: 0x900 }, agentbootBytes: 900, flexFiles: [flexFile('f.bin', 0x200000, 0x1000)] });

async function runAll(rig: Rig): Promise<void> {
  const session = await rig.connect();
  await rig.run(session.program());
  await rig.run(session.restart());
}

async function failureOf(rig: Rig) {
  try {
    await runAll(rig);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.failure;
    throw thrown;
  }
  return null;
}

/** Answers the `nth` request of a kind wrongly. */
function wrongAt(stage: Stage, name: string, answer: (reply: Uint8Array) => Uint8Array | null, ...which: number[]): Tamper {
  return (heard, reply, nth) =>
    heard.stage === stage && heard.name === name && (which.length === 0 || which.includes(nth)) ? answer(reply) : reply;
}

function rigWith(tamper: Tamper): Rig {
  const rig = createRig({ pkg: small() });
  rig.device.tamper = tamper;
  return rig;
}

const silence = (): null => null;
const flip = (at: number) => (reply: Uint8Array) => reply.map((byte, index) => (index === at ? byte ^ 0x01 : byte));
const asks = ['GET_VERSION', 'SEL_IMAGE', 'VERIFY_IMAGE', 'DATA_HEAD'];

describe('a reply that is silent or garbled', () => {
  it.each(asks.flatMap((name) => (['DLBOOT', 'AGBOOT'] as const).map((stage) => [stage, name] as const)))(
    'to %s %s is asked for again, and the session goes on',
    async (stage, name) => {
      const rig = rigWith(wrongAt(stage, name, silence, 1, 2));
      await runAll(rig);
      expect(rig.device.problems).toEqual([]);
      expect(rig.notes().filter((note) => note.includes('reply-timed-out'))).toHaveLength(2);
    },
  );

  it('answered twice by a slow device, once for each attempt, leaves nothing for the next request to meet', async () => {
    const rig = createRig({ pkg: small(), byteMs: 1 });
    const twice = (reply: Uint8Array): Uint8Array => Uint8Array.of(...reply, ...reply);
    rig.device.tamper = (heard, reply, nth) => {
      if (heard.stage !== 'LPC' || heard.name !== 'GET_BURN_STATUS') return reply;
      return nth === 1 ? null : nth === 2 ? twice(reply) : reply;
    };
    await runAll(rig);
    expect(rig.device.problems).toEqual([]);
    expect(rig.notes().filter((note) => note.includes('attempt'))).toHaveLength(1);
  });

  it.each<[string, (reply: Uint8Array) => Uint8Array, string]>([
    ['a wrong CRC', flip(8), 'reply-checksum-wrong'],
    ['a wrong order byte', flip(2), 'reply-unexpected'],
    ['a length out of range', (reply) => reply.map((byte, at) => (at === 5 ? 0xff : byte)), 'reply-malformed'],
    ['another command', () => replyFrame('AGBOOT', 0x22, 0, 0, new Uint8Array(0)), 'reply-unexpected'],
    ['another index', () => replyFrame('AGBOOT', 0x21, 1, 0, u32(0x54494d48)), 'reply-unexpected'],
  ])('by %s is retried ten times and then named', async (_what, answer, code) => {
    const recovered = rigWith(wrongAt('AGBOOT', 'SEL_IMAGE', answer, 1));
    await runAll(recovered);
    expect(recovered.notes().some((note) => note.includes(code))).toBe(true);

    const lost = rigWith(wrongAt('AGBOOT', 'SEL_IMAGE', answer));
    expect(await failureOf(lost)).toMatchObject({ code, step: 'write-bl' });
    expect(lost.device.dialogue.filter((line) => line === 'AGBOOT SEL_IMAGE')).toHaveLength(10);
  });

  it.each([
    ['DLBOOT', 'DOWNLOAD_DATA', 'load-agentboot'],
    ['DLBOOT', 'DONE', 'load-agentboot'],
    ['AGBOOT', 'DOWNLOAD_DATA', 'write-bl'],
    ['AGBOOT', 'DONE', 'write-bl'],
    ['LPC', 'BURN_ONE', 'write-bl'],
    ['LPC', 'FLASH_ERASE', 'erase-f'],
  ] as const)('to %s %s is never asked for again, because the device may have acted', async (stage, name, step) => {
    const rig = rigWith(wrongAt(stage, name, silence, 1));
    expect(await failureOf(rig)).toMatchObject({ code: 'reply-timed-out', step });
    expect(rig.device.dialogue.filter((line) => line === `${stage} ${name}`)).toHaveLength(1);
    expect(rig.device.heard.at(-1)?.name).toBe(name);
  });

  it('to DOWNLOAD_DATA with the wrong index or CRC ends the session without a second block', async () => {
    const index = rigWith(wrongAt('AGBOOT', 'DOWNLOAD_DATA', () => replyFrame('AGBOOT', 0x32, 0, 0, new Uint8Array(0)), 2));
    expect(await failureOf(index)).toMatchObject({ code: 'reply-unexpected', step: 'write-bl', expected: 1, actual: 0 });
    const crc = rigWith(wrongAt('AGBOOT', 'DOWNLOAD_DATA', flip(7), 2));
    expect(await failureOf(crc)).toMatchObject({ code: 'reply-checksum-wrong', step: 'write-bl' });
    expect(crc.device.dialogue.at(-1)).toBe('AGBOOT DOWNLOAD_DATA');
  });

  it('to GET_BURN_STATUS is waited for while the agent is busy', async () => {
    const rig = createRig({ pkg: small() });
    rig.device.tamper = (heard, reply) => {
      if (heard.name !== 'GET_BURN_STATUS') return reply;
      rig.clock.after(2_500, () => rig.transport.deliver(reply));
      return null;
    };
    await runAll(rig);
    expect(rig.device.problems).toEqual([]);
  });
});

describe('replies that are glued together', () => {
  it('a late echo in front of a reply is passed over', async () => {
    const rig = rigWith((heard, reply) => {
      const echo = { DLBOOT: [0x00, 0xd3, 0x02, 0x2b], AGBOOT: [0xaa, 0xd3, 0x02, 0x2b], LPC: [0xcd, 0xd3, 0x02, 0x2b] }[
        heard.stage
      ];
      return heard.name === 'sync' ? reply : Uint8Array.of(...echo, ...echo, ...reply);
    });
    await runAll(rig);
    expect(rig.device.problems).toEqual([]);
    expect(rig.notes().some((note) => note.startsWith('attempt'))).toBe(false);
  });

  it('bytes behind a reply do not reach the next one', async () => {
    const rig = rigWith((heard, reply) => (heard.name === 'sync' ? reply : Uint8Array.of(...reply, 1, 2, 3, 4, 5, 6, 7)));
    await runAll(rig);
    expect(rig.device.problems).toEqual([]);
    expect(rig.notes()).toContain('7 unexpected bytes thrown away');
  });

  it('a busy device that answers two sync pairs at once is understood', async () => {
    const rig = createRig({ pkg: small() });
    rig.device.tamper = (heard, reply, nth) => {
      if (heard.stage !== 'LPC' || heard.name !== 'sync' || nth > 2) return reply;
      if (nth === 2) rig.clock.after(3, () => rig.transport.deliver(reply));
      return nth === 1 ? null : reply;
    };
    await runAll(rig);
    expect(rig.device.problems).toEqual([]);
  });
});

describe('a refusal', () => {
  const nak = (stage: Stage, command: number) => () => replyFrame(stage, command, command === 0x32 ? 1 : 0, 1, u32(0x94));

  it.each<[Stage, string, number, string]>([
    ['DLBOOT', 'SEL_IMAGE', 0x21, 'load-agentboot'],
    ['AGBOOT', 'DATA_HEAD', 0x31, 'write-bl'],
    ['AGBOOT', 'DOWNLOAD_DATA', 0x32, 'write-bl'],
    ['LPC', 'BURN_ONE', 0x42, 'write-bl'],
    ['LPC', 'FLASH_ERASE', 0x10, 'erase-f'],
    ['LPC', 'SYS_RST', 0xaa, 'reset'],
  ])('of %s %s ends the session at once with its code, and is not retried', async (stage, name, command, step) => {
    const rig = rigWith(wrongAt(stage, name, nak(stage, command)));
    expect(await failureOf(rig)).toMatchObject({
      code: 'device-refused',
      step,
      expected: 'ACK',
      actual: 'NAK 0x94 size not accepted',
    });
    expect(rig.device.dialogue.filter((line) => line === `${stage} ${name}`)).toHaveLength(1);
  });

  it('by any other state is a device error', async () => {
    const rig = rigWith(wrongAt('AGBOOT', 'VERIFY_IMAGE', () => replyFrame('AGBOOT', 0x22, 0, 7, new Uint8Array(0))));
    expect(await failureOf(rig)).toMatchObject({ code: 'device-error', actual: 'state 0x7 without a code' });
  });
});

describe('a device that expects or grants something else', () => {
  it('another image is a mismatch, and nothing of the image is sent', async () => {
    const rig = rigWith(wrongAt('AGBOOT', 'SEL_IMAGE', () => replyFrame('AGBOOT', 0x21, 0, 0, u32(0x43504249)), 2));
    expect(await failureOf(rig)).toMatchObject({
      code: 'image-id-mismatch',
      step: 'write-bl',
      expected: '0x4F424D49',
      actual: '0x43504249',
    });
    expect(rig.device.downloads.map(({ image }) => image)).toEqual(['484d4954', '494d424f', '484d4954']);
  });

  it.each([
    ['nothing', 0],
    ['more than is left', 0x111],
    ['more than 64 KiB', 0x10001],
  ])('a grant of %s is refused', async (_what, granted) => {
    const rig = rigWith(wrongAt('DLBOOT', 'DATA_HEAD', () => replyFrame('DLBOOT', 0x31, 0, 0, u32(granted)), 1));
    expect(await failureOf(rig)).toMatchObject({ code: 'grant-invalid', step: 'load-agentboot', actual: granted });
    expect(rig.device.downloads).toEqual([]);
  });

  it.each(
    Object.keys(burnStatusNames)
      .map(Number)
      .filter((status) => status !== 0),
  )('burn status %i fails its image, is named, and no other image is begun', async (status) => {
    const rig = createRig({ pkg: small() });
    rig.device.burnStatus = status;
    const failure = await failureOf(rig);
    expect(failure).toMatchObject({ code: 'burn-failed', step: 'write-bl', expected: 0, detail: burnStatusNames[status] });
    expect(failure?.actual).toBe(`0x${status.toString(16).toUpperCase()}`);
    expect(rig.device.dialogue.filter((line) => line === 'LPC BURN_ONE')).toHaveLength(1);
    expect(rig.device.dialogue).not.toContain('LPC SYS_RST');
  });

  it('the status of the last image counts as well', async () => {
    const rig = rigWith(wrongAt('LPC', 'GET_BURN_STATUS', () => replyFrame('LPC', 0x44, 0, 0, u32(0x33)), 4));
    expect(await failureOf(rig)).toMatchObject({
      code: 'burn-failed',
      step: 'write-f',
      actual: '0x33',
      detail: 'verify mismatch',
    });
  });
});

describe('the reset word', () => {
  const word = () => Uint8Array.of(0x2b, 0x02, 0xd3, 0xee);

  it.each([
    ['AGBOOT', 'sync', 'write-bl'],
    ['AGBOOT', 'GET_VERSION', 'write-bl'],
    ['LPC', 'sync', 'load-agentboot'],
    ['LPC', 'FLASH_ERASE', 'erase-f'],
  ] as const)('in place of an answer to %s %s ends the session with loader-reset', async (stage, name, step) => {
    const rig = rigWith(wrongAt(stage, name, word));
    expect(await failureOf(rig)).toMatchObject({ code: 'loader-reset', step });
    expect(rig.device.dialogue.filter((line) => line === `${stage} ${name}`)).toHaveLength(1);
  });
});

describe('the silent first AGBOOT pair after BURN_ONE', () => {
  it('costs one time-out and nothing else', async () => {
    const rig = createRig({ pkg: ec618Package({ flexFiles: [], sizes: { BL: 16, AP: 16, CP: 16 } }) });
    const session = await rig.connect();
    const start = rig.clock.now();
    await rig.run(session.program());
    expect(rig.device.dialogue.filter((line) => line === 'AGBOOT presync')).toHaveLength(3);
    expect(rig.clock.now() - start).toBeGreaterThan(3 * 800);
    expect(rig.clock.now() - start).toBeLessThan(3 * 900);
  });
});

describe('an abort', () => {
  it('during any write leaves no further byte, and rejects with its own reason', async () => {
    const whole = createRig({ pkg: small() });
    await runAll(whole);
    const total = whole.transport.writes.length;
    expect(total).toBeGreaterThan(100);
    for (let last = 1; last <= total; last++) {
      const rig = createRig({ pkg: small() });
      const reason = new Error('enough');
      rig.transport.onWrite = (bytes) => {
        rig.device.hear(bytes);
        if (rig.transport.writes.length === last) rig.controller.abort(reason);
      };
      await expect(runAll(rig)).rejects.toBe(reason);
      await rig.clock.advance(60_000);
      expect(rig.transport.writes).toHaveLength(last);
    }
  });

  it('at any moment of waiting leaves no further byte', async () => {
    const whole = createRig({ pkg: small(), byteMs: 0.5 });
    await runAll(whole);
    for (let at = 1; at < whole.clock.now(); at += 61.7) {
      const rig = createRig({ pkg: small(), byteMs: 0.5 });
      const reason = new Error('enough');
      let sentAtAbort = -1;
      rig.clock.after(at, () => {
        sentAtAbort = rig.transport.writes.length;
        rig.controller.abort(reason);
      });
      await expect(runAll(rig)).rejects.toBe(reason);
      await rig.clock.advance(60_000);
      expect(rig.transport.writes).toHaveLength(sentAtAbort);
    }
  });

  it('before the start sends nothing at all', async () => {
    const rig = createRig();
    const reason = new Error('enough');
    rig.controller.abort(reason);
    await expect(rig.connect()).rejects.toBe(reason);
    expect(rig.transport.writes).toEqual([]);
  });

  it('with a fault as its reason keeps that fault as it is', async () => {
    const rig = createRig();
    rig.device.tamper = silence;
    const reason = new Fault({ code: 'window-missed', step: 'connecting' });
    rig.clock.after(1_000, () => rig.controller.abort(reason));
    await expect(rig.connect()).rejects.toBe(reason);
  });
});

describe('an unplug', () => {
  it('at any write ends the session with the step it happened in', async () => {
    for (const last of [1, 10, 60]) {
      const rig = createRig({ pkg: small() });
      rig.transport.onWrite = (bytes) => {
        if (rig.transport.writes.length === last) rig.transport.unplug();
        else rig.device.hear(bytes);
      };
      const failure = await failureOf(rig);
      expect(failure?.code).toBe('transport-closed');
      expect(rig.plan.steps.map(({ name }) => name)).toContain(failure?.step);
    }
  });
});
