// Two ways of flashing a package into a board on the table: its recorded script, and its manifest. Test-side host, written from asr.md
// §13 and §14 on its own; it checks answers as strictly as a test needs.
import type { AsrBench } from './asr-bench.ts';
import { hello, preamble, sparse, uabt } from './asr-host.ts';

/** Members of a zip without compression. */
export function membersOf(zip: Uint8Array): Map<string, Buffer> {
  const bytes = Buffer.from(zip);
  const members = new Map<string, Buffer>();
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; ) {
    const [size, nameBytes, extraBytes] = [bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26), bytes.readUInt16LE(at + 28)];
    const start = at + 30 + nameBytes + extraBytes;
    members.set(bytes.toString('latin1', at + 30, at + 30 + nameBytes), bytes.subarray(start, start + size));
    at = start + size;
  }
  return members;
}

export function greet(bench: AsrBench): void {
  for (const bytes of [preamble, uabt, hello()]) bench.ask(bytes);
}

interface Ways {
  readonly frameBytes?: number;
}

/** Gives the first answer that was not the expected one, and stops there; null when all were. */
export function replay(bench: AsrBench, script: Buffer, { frameBytes = 1024 }: Ways = {}): string | null {
  let at = 17;
  const line = (): string => {
    const end = script.indexOf(0x0a, at);
    const text = script.toString('latin1', at, end);
    at = end + 1;
    return text;
  };
  while (at < script.length) {
    const command = line();
    const expected = line();
    let answer: string | undefined;
    if (command.startsWith('download:')) {
      const size = Number.parseInt(command.slice(9), 16);
      answer = bench.download(script.subarray(at, at + size), frameBytes).at(-1);
      at += size + 1;
      if (line() !== 'OKAY') throw new Error('a script out of step');
      if (answer === 'OKAY') continue;
    } else answer = bench.say(command).at(-1);
    const isFine = command === 'getvar:max-download-size' ? sizeOf(answer) >= sizeOf(expected) : answer === expected;
    if (!isFine) return `${command}: ${answer}`;
  }
  return null;
}

const sizeOf = (text = ''): number => Number.parseInt(text.slice(4), 16);

interface Entry {
  readonly command: string;
  readonly name?: string;
  readonly value?: string | number;
  readonly image?: string;
  readonly partition?: string;
  readonly productionOnly?: boolean;
}

/** The same for download.json. */
export function execute(bench: AsrBench, members: ReadonlyMap<string, Buffer>, { frameBytes = 1024 }: Ways = {}): string | null {
  const entries = JSON.parse(members.get('download.json')?.toString() ?? '[]') as readonly Entry[];
  for (const { command, name, value, image, partition, productionOnly } of entries) {
    if (productionOnly) continue;
    const bytes = members.get(image ?? '') ?? Buffer.alloc(0);
    const texts: Readonly<Record<string, readonly string[]>> = {
      require: [`getvar:${name}`],
      progress: [`progress:${Number(value).toString(16).padStart(8, '0')}`],
      call: ['verify', 'call'],
      partition: ['partition'],
      flash: [`flash:${partition}`],
      erase: [`erase:${partition}`],
    };
    if (image !== undefined) bench.download(command === 'flash' ? sparse(bytes) : bytes, frameBytes);
    for (const text of texts[command] ?? []) {
      const answer = bench.say(text).at(-1);
      if (answer !== (command === 'require' ? `OKAY${value}` : 'OKAY')) return `${text}: ${answer}`;
    }
  }
  return null;
}
