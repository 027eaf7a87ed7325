// A writer of lines onto a stream that may die under it (closed pipe, lost terminal). Knows no view.
import type { Writable } from 'node:stream';

/**
 * Writes each line with a newline to `stream`. After the stream's first error (EPIPE, EIO, anything) it goes quiet for good:
 * a reader that went away must not end a process that is writing modules. The error listener stays for the stream's life.
 */
export function lineWriter(stream: Writable): (line: string) => void {
  let lost = false;
  stream.on('error', () => {
    lost = true;
  });
  return (line) => {
    if (!lost && !stream.destroyed) stream.write(`${line}\n`);
  };
}
