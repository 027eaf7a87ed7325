// The composition's list of protocols: adding one is a line here. Knows every flasher by name, none by content.

import { fault } from './domain/failure.ts';
import type { Platform } from './domain/platform.ts';
import { asrFlasher } from './flashers/asr/flasher.ts';
import { eigencommFlasher } from './flashers/eigencomm/flasher.ts';
import type { Flasher } from './flashers/flasher.ts';
import { unisoc8850Flasher, unisoc8910Flasher } from './flashers/unisoc/flasher.ts';

const flashers: readonly Flasher[] = [eigencommFlasher, unisoc8910Flasher, unisoc8850Flasher, asrFlasher];

export function flasherFor(platform: Platform): Flasher {
  const flasher = flashers.find((candidate) => candidate.platform === platform);
  if (flasher === undefined)
    throw fault('profile-invalid', 'plan', { expected: flashers.map((one) => one.platform).join(' or '), actual: platform });
  return flasher;
}
