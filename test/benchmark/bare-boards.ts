// The other end of the bare loop (bare-loop.ts): a process that answers each frame on each pty after the time the wire would take, and
// knows no protocol. Started with `fork`: how many ptys, bytes of a frame, milliseconds.
import { openPty } from '../../src/bench/hardware/pty.ts';
import { preciseClock } from './precise-clock.ts';

const [count = 0, frameBytes = 1, answerMs = 0] = process.argv.slice(2).map(Number);
const clock = preciseClock();
const answer = Uint8Array.of(0x7e, 0x00, 0x80, 0x00, 0x00, 0xff, 0x7f, 0x7e);
const paths: string[] = [];
for (let at = 0; at < count; at++) {
  const pty = await openPty();
  let received = 0;
  pty.onBytes((bytes) => {
    received += bytes.length;
    for (; received >= frameBytes; received -= frameBytes)
      clock.after(answerMs, () => void pty.write(answer).catch(() => undefined));
  });
  paths.push(pty.slavePath);
}
process.on('disconnect', () => process.exit(0));
process.send?.(paths);
