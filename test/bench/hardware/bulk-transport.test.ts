// The contract of every transport, run over a bulk interface played by the test; and what is a bulk interface's own.
import { describe, expect, it } from 'vitest';
import { BulkChannel } from '../../../src/bench/hardware/bulk-channel.ts';
import { realClock } from '../../../src/bench/hardware/real-clock.ts';
import { ChannelTransport } from '../../../src/bench/hardware/serial-transport.ts';
import { fault } from '../../../src/domain/failure.ts';
import { describeTransportContract, type PairOptions, type TransportPair } from '../transport-contract.ts';
import { FakeBulk } from './fake-bulk.ts';

function transportOver(bulk: FakeBulk): ChannelTransport {
  let channel: BulkChannel | null = null;
  const now = (): BulkChannel => {
    if (channel === null) throw new Error('not connected');
    return channel;
  };
  return new ChannelTransport({
    serialPath: 'usb:fake:1',
    notes: [],
    connect: (listener) => {
      channel = new BulkChannel(bulk, listener);
      return channel;
    },
    line: {
      drain: () => now().drain(),
      flush: () => now().flush(),
      setBaudRate: () => now().setBaudRate(),
      close: () => now().close(),
    },
  });
}

function makePair({ boardReads }: PairOptions): Promise<TransportPair & { readonly bulk: FakeBulk }> {
  const bulk = new FakeBulk({ packetBytes: 64, reads: boardReads });
  const transport = transportOver(bulk);
  return Promise.resolve({
    transport,
    bulk,
    peer: {
      send: (bytes) => Promise.resolve(bulk.toHost(bytes)),
      taken: () => Buffer.concat(bulk.taken),
      startReading: () => bulk.startReading(),
      unplug: () => Promise.resolve(bulk.unplug()),
    },
    now: () => realClock.now(),
    elapse: () => Promise.resolve(),
    // The kernel gives a claimed interface to nobody else.
    openAgain: () =>
      bulk.isClaimed
        ? Promise.reject(fault('serial-path-busy', 'open'))
        : Promise.resolve(transportOver(new FakeBulk({ packetBytes: 64, reads: true }))),
    dispose: () => transport.close(2000),
  });
}

describeTransportContract('a bulk interface', makePair);

describe('a bulk interface', () => {
  it('never ends a write on a packet boundary: the device would wait for more', async () => {
    const { transport, bulk } = await makePair({ boardReads: true });
    await transport.write(new Uint8Array(128), { timeoutMs: 1000 });
    await transport.write(new Uint8Array(100), { timeoutMs: 1000 });
    expect(bulk.taken.map(({ length }) => length)).toEqual([127, 1, 100]);
    await transport.close(1000);
  });

  it('is released only when no transfer is under way any more, after an unplug too', async () => {
    const { transport, bulk } = await makePair({ boardReads: false });
    const writing = transport.write(new Uint8Array(1 << 20), { timeoutMs: 5000 }).catch(() => 'ended');
    bulk.unplug();
    expect(await transport.closed).toBe('unplugged');
    expect(await writing).toBe('ended');
    expect(bulk.underWay).toBe(0);
    expect(bulk.isClaimed).toBe(false);
  });
});
