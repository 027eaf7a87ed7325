// The guest's end of the raw board: orders to it, over a virtio serial device of its own. Knows no test.
import { readdirSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PeerOrder {
  readonly id: number;
  readonly op: 'plug' | 'unplug' | 'startReading' | 'send' | 'taken';
  readonly shape: 'tty' | 'bulk';
  readonly boardReads: boolean;
  /** Bytes to send. */
  readonly hex: string;
}

export interface PeerAnswer {
  readonly id: number;
  /** Bytes taken since the last such order; else empty. */
  readonly hex: string;
}

export interface Peer {
  order(op: PeerOrder['op'], more?: Partial<PeerOrder>): Promise<Uint8Array>;
}

/** The virtio serial device with this name. */
export function virtioDevice(name: string): string {
  const folder = '/sys/class/virtio-ports';
  const found = readdirSync(folder).find((entry) => readFileSync(`${folder}/${entry}/name`, 'utf8').trim() === name);
  if (found === undefined) throw new Error(`no virtio serial device ${name}`);
  return `/dev/${found}`;
}

export async function connectPeer(shape: PeerOrder['shape']): Promise<Peer> {
  const device: FileHandle = await open(virtioDevice('peer'), 'r+');
  const waiting = new Map<number, (answer: PeerAnswer) => void>();
  let nextId = 1;
  void readLines(device, (line) => {
    const answer = JSON.parse(line) as PeerAnswer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  return {
    async order(op, more = {}) {
      const id = nextId++;
      const answered = new Promise<PeerAnswer>((resolve) => waiting.set(id, resolve));
      const order: PeerOrder = { op, shape, boardReads: true, hex: '', ...more, id };
      await device.write(`${JSON.stringify(order)}\n`);
      return Buffer.from((await answered).hex, 'hex');
    },
  };
}

async function readLines(device: FileHandle, onLine: (line: string) => void): Promise<never> {
  const chunk = Buffer.alloc(65_536);
  for (let text = ''; ; ) {
    const { bytesRead } = await device.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) await sleep(100);
    const lines = (text + chunk.toString('utf8', 0, bytesRead)).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  }
}
