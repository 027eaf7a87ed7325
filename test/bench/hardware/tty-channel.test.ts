// The channel over one tty descriptor: what it must notice although nobody listens.
import { LinuxBinding } from '@serialport/bindings-cpp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ChannelEnd } from '../../../src/bench/hardware/channel.ts';
import { openPty, type Pty } from '../../../src/bench/hardware/pty.ts';
import { TtyChannel } from '../../../src/bench/hardware/tty-channel.ts';

const soon = { timeout: 5000, interval: 2 };

describe('a tty that is hung up while nobody listens (F2)', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  const connect = async () => {
    const pty: Pty = await openPty();
    const binding = await LinuxBinding.open({ path: pty.slavePath, baudRate: 115200, hupcl: false });
    const heard = { bytes: 0, ended: null as ChannelEnd | null };
    const channel = new TtyChannel(binding, binding.fd ?? -1, {
      received: (bytes) => {
        heard.bytes += bytes.length;
      },
      ended: (reason) => {
        heard.ended = reason;
      },
    });
    closers.push(async () => {
      channel.stop();
      await binding.close();
      await pty.close();
    });
    return { pty, channel, heard };
  };
  type Connected = Awaited<ReturnType<typeof connect>>;

  const states: readonly (readonly [string, (connected: Connected) => Promise<void>])[] = [
    ['never listened', () => Promise.resolve()],
    [
      'listened before',
      async ({ pty, channel, heard }) => {
        channel.listen(true);
        await pty.write(new Uint8Array(10));
        await vi.waitFor(() => expect(heard.bytes).toBe(10), soon);
        channel.listen(false);
      },
    ],
    [
      'left bytes in the kernel',
      async ({ pty, channel }) => {
        channel.listen(true);
        channel.listen(false);
        await pty.write(new Uint8Array(10));
      },
    ],
  ];
  it.each(states)('is told as unplugged to one who %s', async (_, prepare) => {
    const connected = await connect();
    await prepare(connected);
    await connected.pty.close();
    await vi.waitFor(() => expect(connected.heard.ended).toBe('unplugged'), soon);
  });
});
