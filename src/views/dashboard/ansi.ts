// Styles as terminal escapes, and the choice of none. Knows no layout.

const codes = {
  plain: '',
  bold: '1',
  dim: '2',
  good: '1;32',
  bad: '1;31',
  warn: '33',
  call: '1;33',
  info: '36',
  /** DO NOT UNPLUG. */
  hazard: '1;37;41',
  /** Characters in the colour of their ground: a solid bar where there is colour, `###...` in a copied text. */
  filled: '32;42',
  unfilled: '90;100',
  pixelGood: '32;42',
  pixelBad: '31;41',
  pixelCall: '33;43',
  pixelInfo: '36;46',
  pixelDim: '90;100',
  /** The title of what to do now. */
  titleGood: '1;37;42',
  titleBad: '1;37;41',
  titleCall: '1;30;43',
  titleInfo: '1;30;46',
  titleDim: '7',
} as const;

export type Style = keyof typeof codes;

/** https://no-color.org: set to anything but the empty string. */
export const coloursWanted = (env: Readonly<Record<string, string | undefined>>): boolean =>
  !env['NO_COLOR'] && env['TERM'] !== 'dumb';

export const styled = (text: string, style: Style): string =>
  codes[style] === '' ? text : `\u001B[${codes[style]}m${text}\u001B[0m`;
