// A file system of the module as names and bytes. Knows neither flash nor NV: its blocks are not modelled, only what a mount,
// a format and a delete do to its files.
import { createHash } from 'node:crypto';

export class FileSystem {
  readonly name: string;
  /** It does not mount as it is. */
  private damaged: boolean;
  private readonly files = new Map<string, Uint8Array>();

  constructor(name: string, damaged = false) {
    this.name = name;
    this.damaged = damaged;
  }

  get isDamaged(): boolean {
    return this.damaged;
  }

  read(path: string): Uint8Array | null {
    return this.files.get(path) ?? null;
  }

  write(path: string, bytes: Uint8Array): void {
    this.files.set(path, Uint8Array.from(bytes));
  }

  remove(path: string): void {
    this.files.delete(path);
  }

  removeBelow(folder: string): void {
    for (const path of this.paths(folder)) this.files.delete(path);
  }

  /** In the order they were first written. */
  paths(folder = ''): readonly string[] {
    return [...this.files.keys()].filter((path) => path.startsWith(folder));
  }

  format(): void {
    this.files.clear();
    this.damaged = false;
  }

  size(): number {
    let size = 0;
    for (const bytes of this.files.values()) size += bytes.length;
    return size;
  }

  /** SHA-256 over names, sizes and bytes, whatever the order they were written in. Lower-case hex. */
  digest(): string {
    const hash = createHash('sha256').update(this.damaged ? 'damaged\0' : '');
    for (const path of [...this.files.keys()].sort()) {
      const bytes = this.files.get(path) ?? new Uint8Array();
      hash.update(`${path}\0${bytes.length}\0`).update(bytes);
    }
    return hash.digest('hex');
  }
}
