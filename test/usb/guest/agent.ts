// In the guest: runs programs for the host, over one virtio serial device, and tells what they print and use. Knows no flasher.
// Each way one JSON value per line. To the guest: GuestOrder; from it: GuestWord.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pieceOfWorkMs } from '../piece-of-work.ts';
import { virtioDevice } from './peer.ts';

export type GuestOrder =
  | { readonly type: 'start'; readonly name: string; readonly command: readonly string[] }
  | { readonly type: 'signal'; readonly name: string; readonly signal: 'SIGTERM' | 'SIGINT' }
  | { readonly type: 'use'; readonly name: string }
  /** How long the guest takes for the same piece of work as the host, and how late its timers have been since the last question. */
  | { readonly type: 'pace'; readonly name: string }
  | { readonly type: 'shell'; readonly name: string; readonly script: string };

export type GuestWord =
  | { readonly type: 'ready' }
  | {
      readonly type: 'paced';
      readonly name: string;
      readonly workMs: number;
      readonly lateP99Ms: number;
      readonly lateMaxMs: number;
    }
  | { readonly type: 'line'; readonly name: string; readonly stream: 'out' | 'err'; readonly text: string }
  | { readonly type: 'exit'; readonly name: string; readonly code: number | null }
  /** Processor milliseconds since its start and open descriptors of the process. */
  | {
      readonly type: 'used';
      readonly name: string;
      readonly atMs: number;
      readonly cpuMs: number;
      /** What each open descriptor leads to. */
      readonly descriptors: readonly string[];
      readonly wakeups: number;
    };

const port: FileHandle = await open(virtioDevice('agent'), 'r+');
let said: Promise<unknown> = Promise.resolve();
const say = (word: GuestWord): void => {
  said = said.then(() => port.write(`${JSON.stringify(word)}\n`));
};
const children = new Map<string, ChildProcess>();
const ticksPerSecond = 100;

function start(name: string, [program = '', ...args]: readonly string[]): void {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.set(name, child);
  for (const [stream, from] of [
    ['out', child.stdout],
    ['err', child.stderr],
  ] as const) {
    createInterface({ input: from }).on('line', (text) => say({ type: 'line', name, stream, text }));
  }
  child.on('close', (code) => say({ type: 'exit', name, code }));
}

function tellUse(name: string): void {
  const pid = children.get(name)?.pid ?? process.pid;
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/.*\) /s, '').split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const wakeups = Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  const folder = `/proc/${pid}/fd`;
  const descriptors = readdirSync(folder).flatMap((name) => targetOf(join(folder, name)));
  say({ type: 'used', name, atMs: performance.now(), cpuMs: (ticks * 1000) / ticksPerSecond, descriptors, wakeups });
}

/** Empty for the descriptor that listed the folder. */
function targetOf(link: string): readonly string[] {
  try {
    return [readlinkSync(link)];
  } catch {
    return [];
  }
}

/** The agent does nothing else: what its timers are late, every program in the guest is. */
const lateness = monitorEventLoopDelay({ resolution: 20 });
lateness.enable();

function tellPace(name: string): void {
  const [lateP99Ms, lateMaxMs] = [lateness.percentile(99) / 1e6, lateness.max / 1e6];
  say({ type: 'paced', name, workMs: pieceOfWorkMs(), lateP99Ms, lateMaxMs });
  lateness.reset();
}

function obey(order: GuestOrder): void {
  switch (order.type) {
    case 'pace':
      tellPace(order.name);
      break;
    case 'start':
      start(order.name, order.command);
      break;
    case 'signal':
      children.get(order.name)?.kill(order.signal);
      break;
    case 'use':
      tellUse(order.name);
      break;
    case 'shell':
      execFile('/bin/sh', ['-c', order.script], { timeout: 60_000 }, (error, stdout, stderr) => {
        for (const text of `${stdout}${stderr}`.split('\n'))
          if (text !== '') say({ type: 'line', name: order.name, stream: 'out', text });
        say({ type: 'exit', name: order.name, code: error === null ? 0 : 1 });
      });
      break;
  }
}

say({ type: 'ready' });
const chunk = Buffer.alloc(65_536);
for (let text = ''; ; ) {
  const { bytesRead } = await port.read(chunk, 0, chunk.length, null);
  // Nothing: the host is not connected yet.
  if (bytesRead === 0) await sleep(100);
  const lines = (text + chunk.toString('utf8', 0, bytesRead)).split('\n');
  text = lines.pop() ?? '';
  for (const line of lines) obey(JSON.parse(line) as GuestOrder);
}
