// What a frame costs this computer before any station: one process that writes each frame as soon as the last is answered, on so many serial
// paths, with the bindings' own poller and nothing else. Every figure of the station per frame is read against this one. Prints JSON.
import { fork } from 'node:child_process';
import { readSync, writeSync } from 'node:fs';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LinuxBinding } from '@serialport/bindings-cpp';

export interface BareLoop {
  readonly coreShare: number;
  readonly usPerFrame: number;
  readonly kilobytesPerSecond: number;
}

const [slots = 1, frameBytes = 1, answerMs = 0, seconds = 1] = process.argv.slice(2).map(Number);
const readable = 1;
const program = join(import.meta.dirname, `bare-boards${extname(import.meta.filename)}`);
const boards = fork(program, [slots, frameBytes, answerMs].map(String));
const paths = await new Promise<readonly string[]>((resolve) => boards.once('message', (told) => resolve(told as string[])));
const frame = new Uint8Array(frameBytes);
const received = new Uint8Array(4096);
let frames = 0;
for (const path of paths) {
  const { fd, poller } = await LinuxBinding.open({ path, baudRate: 115_200, hupcl: false });
  if (fd === null) throw new Error(`${path} was closed while it was opened`);
  const send = (): void => void writeSync(fd, frame, 0, frame.length, null);
  poller.on('readable', (error: Error | null) => {
    if (error !== null) return;
    readSync(fd, received, 0, received.length, null);
    poller.poll(readable);
    frames += 1;
    send();
  });
  poller.poll(readable);
  send();
}
await sleep(1000);
const [before, from, framesBefore] = [process.cpuUsage(), performance.now(), frames];
await sleep(seconds * 1000);
const { user, system } = process.cpuUsage(before);
const [ms, done] = [performance.now() - from, frames - framesBefore];
const bare: BareLoop = {
  coreShare: (user + system) / 1000 / ms,
  usPerFrame: (user + system) / done,
  kilobytesPerSecond: (done * frameBytes) / ms / slots,
};
process.stdout.write(JSON.stringify(bare));
process.exit(0);
