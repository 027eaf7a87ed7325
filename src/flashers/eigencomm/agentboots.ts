// The agentboot revisions that are known by digest (eigencomm.md 12): for remarks, and to refuse one for another chip or for UART.
// Knows no bytes: the program itself comes in the operator's package only.
import type { ChipFamily } from '../../firmware/eigencomm-package.ts';

export interface KnownAgentboot {
  readonly chipFamily: ChipFamily;
  readonly link: 'usb' | 'uart';
}

const known: Readonly<Record<string, KnownAgentboot>> = {
  '0bd2f394b9ac': { chipFamily: 'ec618', link: 'usb' },
  '8dd2697600d6': { chipFamily: 'ec618', link: 'usb' },
  '767fa559aeb2': { chipFamily: 'ec618', link: 'usb' },
  e0504605e825: { chipFamily: 'ec618', link: 'uart' },
  ddf2b7a8c53d: { chipFamily: 'ec618', link: 'uart' },
  a29685f4fc31: { chipFamily: 'ec618', link: 'uart' },
  e9aa09f95d98: { chipFamily: 'ec716', link: 'usb' },
  fd56976bd250: { chipFamily: 'ec716', link: 'usb' },
  '1cc7597381d9': { chipFamily: 'ec718', link: 'usb' },
  '13670104b3b0': { chipFamily: 'ec718', link: 'usb' },
  '92a596c9a2f3': { chipFamily: 'ec718m', link: 'usb' },
  '6b7b4cfd5df9': { chipFamily: 'ec718m', link: 'usb' },
};

/** `sha256` in lower-case hex. Null: not a known revision, which is a remark and no error. */
export const knownAgentboot = (sha256: string): KnownAgentboot | null => known[sha256.slice(0, 12)] ?? null;
