// The ASR flasher: ASR1603 and ASR1606 modules (EC600N, EC800N, EC600M, EC800M, EG810M, EC600K, EC800K, EG800K) behind the contract
// of flasher.ts.
import type { Flasher } from '../flasher.ts';
import { planOf, workOfPlan } from './plan.ts';
import { findBootRom } from './preamble.ts';
import { connectDevice, createSession } from './session.ts';

/** Longer than a ROM loop stays away, so that a try meets it. */
const probeMs = 1_500;

/** `connect` also rejects `link-not-supported` for a chip with the ETHOS link, `boot-rom-mismatch`, `package-for-other-model`. */
export const asrFlasher: Flasher = {
  platform: 'asr',
  plan: planOf,
  probe: async (context) => (await findBootRom(context, probeMs)) !== null,
  connect: async (context, plan, image) => {
    const work = workOfPlan(plan, image);
    return createSession(await connectDevice(context, work), work);
  },
};
