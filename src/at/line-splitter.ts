// Cuts received bytes into lines, whatever the line ends and however the bytes arrive. Knows no command and no answer.
// Device text is bounded here and made printable here: nothing behind this file sees a raw byte.

export interface DeviceLine {
  /** Printable ASCII; other bytes as `\xNN`. */
  readonly text: string;
  /** False when it held bytes that are no text or was cut: such a line is never data, only noise. */
  readonly clean: boolean;
}

export interface LineSplitter {
  /** The lines completed by these bytes, without blank ones. Line ends are CR, LF or both. */
  push(bytes: Uint8Array): readonly DeviceLine[];
}

/** The longest line kept. Of a longer one the end is kept, since an echo stands at the end of noise. */
export const maxLineLength = 256;

export function createLineSplitter(): LineSplitter {
  let pending = '';
  let cut = false;

  const append = (text: string): void => {
    pending += text;
    if (pending.length <= maxLineLength) return;
    pending = pending.slice(-maxLineLength);
    cut = true;
  };
  const finish = (): DeviceLine[] => {
    const raw = pending.trim();
    const line = { text: printable(raw), clean: !cut && isText(raw) };
    pending = '';
    cut = false;
    return raw === '' ? [] : [line];
  };

  return {
    push(bytes) {
      const [first = '', ...rest] = Buffer.from(bytes)
        .toString('latin1')
        .split(/[\r\n]/);
      append(first);
      return rest.flatMap((text) => {
        const lines = finish();
        append(text);
        return lines;
      });
    },
  };
}

/** Any text from a device as printable ASCII, other characters as `\xNN`. */
export function printable(latin1: string): string {
  return latin1.replace(/[^ -~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

const isText = (text: string): boolean => /^[ -~]*$/.test(text);
