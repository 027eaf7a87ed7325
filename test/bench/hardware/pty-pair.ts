// A serial transport on one end of a pty and a board played by the test on the other.

import { openSerialTransport } from '../../../src/bench/hardware/open-serial-path.ts';
import { openPty, type Pty } from '../../../src/bench/hardware/pty.ts';
import { realClock } from '../../../src/bench/hardware/real-clock.ts';
import type { SerialTransport } from '../../../src/bench/hardware/serial-transport.ts';
import type { PairOptions, TransportPair } from '../transport-contract.ts';

export interface PtyPair extends TransportPair {
  readonly transport: SerialTransport;
  readonly pty: Pty;
}

export async function makePtyPair({ boardReads }: PairOptions): Promise<PtyPair> {
  const pty = await openPty();
  const open = (timeoutMs: number): Promise<SerialTransport> =>
    openSerialTransport(pty.slavePath, { baudRate: 115200, timeoutMs });
  const transport = await open(1000);
  const taken: Uint8Array[] = [];
  const startReading = (): void => pty.onBytes((bytes) => taken.push(bytes));
  if (boardReads) startReading();
  return {
    transport,
    pty,
    peer: {
      send: (bytes) => pty.write(bytes),
      taken: () => Buffer.concat(taken),
      startReading,
      unplug: () => pty.close(),
    },
    now: () => realClock.now(),
    elapse: () => Promise.resolve(),
    openAgain: () => open(50),
    async dispose() {
      await transport.close(2000);
      await pty.close();
    },
  };
}
