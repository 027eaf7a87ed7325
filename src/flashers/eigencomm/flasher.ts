// The Eigencomm flasher: EC618, EC716 and EC718 modules (EC600E, EC800E, EC800Z, EG800Z) behind the contract of flasher.ts.
import type { Flasher } from '../flasher.ts';
import { startAgent } from './connect.ts';
import { handshakeStep, planOf, workOfPlan } from './plan.ts';
import { createSession, lineOf } from './session.ts';
import { romAnswers } from './sync.ts';

/** `connect` also rejects `loader-reset` for a module whose agent already runs: it needs a power cycle. */
export const eigencommFlasher: Flasher = {
  platform: 'eigencomm',
  plan: planOf,
  probe: (context) => romAnswers(lineOf(context), handshakeStep),
  connect: async (context, plan, image) => {
    const work = workOfPlan(plan, image);
    await startAgent(context, lineOf(context), work);
    return createSession(context, work);
  },
};
