// Writes a '!CRANE!' script, the recorded dialogue that a release carries as firmware.bin (asr.md §13). Knows no module.

export interface ScriptStep {
  readonly command: string;
  readonly expected: string;
  /** Of a download: its bytes; the `OKAY` after them is added. */
  readonly data?: Uint8Array;
}

const headerBytes = 17;

export const step = (command: string, expected = 'OKAY'): ScriptStep => ({ command, expected });

export function downloadStep(data: Uint8Array): ScriptStep {
  const size = data.length.toString(16).padStart(8, '0');
  return { command: `download:${size}`, expected: `DATA${size}`, data };
}

export function craneScript(steps: readonly ScriptStep[]): Buffer {
  const body = Buffer.concat(
    steps.flatMap(({ command, expected, data }) => [
      Buffer.from(`${command}\n${expected}\n`, 'latin1'),
      ...(data ? [data, Buffer.from('\nOKAY\n', 'latin1')] : []),
    ]),
  );
  const totalBytes = headerBytes + body.length;
  return Buffer.concat([Buffer.from(`!CRANE! ${totalBytes.toString(16).padStart(8, '0')}\n`, 'latin1'), body]);
}
