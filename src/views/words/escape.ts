// Makes text that came from a device, a file or a scanner safe for a terminal. Knows no view and no layout.

/** Controls (C0, C1, DEL), format characters (bidi overrides, zero width), line and paragraph separators, lone surrogates, private use. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

const ascii = /^[\x20-\x7e]*$/;

const visible = (character: string): string => `<${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}>`;

/**
 * One line of text without anything a terminal acts on: each unsafe character is shown as its code point in hex, `<1B>` for ESC.
 * At most `maxLength` characters of it; `~` at the end says that more was cut off.
 */
export function printable(text: string, maxLength = 500): string {
  if (text.length <= maxLength && ascii.test(text)) return text;
  // Cut first: a megabyte of noise must not cost a megabyte of replacing. Twice the bound leaves room for surrogate pairs.
  const escaped = [...text.slice(0, maxLength * 2).replace(unsafe, visible)];
  const cut = text.length > maxLength * 2 || escaped.length > maxLength;
  return cut ? `${escaped.slice(0, maxLength - 1).join('')}~` : escaped.join('');
}

/** The same value as JSON text that a terminal can show: what JSON leaves as it is (C1, bidi) becomes `\uXXXX`. Reading it gives the value back. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, (character) =>
    Array.from({ length: character.length }, (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  );
}
