// The UNISOC flashers: 8910 (EC200U, EC600U) and 8850 (EC600G, EC800G) behind the contract of flasher.ts.
import { Fault } from '../../domain/failure.ts';
import type { Flasher, FlashSession, SessionContext } from '../flasher.ts';
import { runStep } from '../run-step.ts';
import type { BslLink } from './bsl-link.ts';
import { load8850, pdlAnswers, rom8850Answers, start8910, startNorfdl } from './connect.ts';
import { hold } from './hold.ts';
import { type SecuredNv, secureNv } from './nv-dialogue.ts';
import { planOf, stepNames, type Work, workOfPlan } from './plan.ts';
import { runOperations, templateOf } from './program.ts';
import { leaveLoader, orLeave, restart } from './reset.ts';

/**
 * `connect` runs PDL, FDL1 and FDL2 and secures the NV, which only reads: `identity()` has the IMEI from then on. Besides the codes of the
 * contract it rejects the NV codes (`nv-…`), after NORMAL_RESET: nothing was written.
 */
export const unisoc8910Flasher: Flasher = {
  platform: 'unisoc8910',
  plan: (image, profile) => planOf('8910', image, profile),
  probe: pdlAnswers,
  connect: async (context, plan, image) => {
    const work = workOfPlan('8910', plan, image);
    const link = await start8910(context, work.image);
    return session8910(context, work, link, await secure(context, work, link));
  },
};

/** `connect` ends with NORFDL in RAM; `program` starts it, secures the NV, and only then erases. */
export const unisoc8850Flasher: Flasher = {
  platform: 'unisoc8850',
  plan: (image, profile) => planOf('8850', image, profile),
  probe: rom8850Answers,
  connect: async (context, plan, image) => {
    const work = workOfPlan('8850', plan, image);
    return session8850(context, work, await load8850(context, work.image));
  },
};

function session8910(context: SessionContext, work: Work, link: BslLink, nv: SecuredNv): FlashSession {
  let isProgrammed = false;
  return {
    identity: () => identityOf(nv),
    hold: (until) => hold(context, until),
    program: async () => {
      isProgrammed = true;
      await runOperations(context, { link, nv }, work, () => {});
    },
    restart: () => restart(context, link),
    leave: async () => {
      if (!isProgrammed) await leaveLoader(context, link);
    },
  };
}

function session8850(context: SessionContext, work: Work, rom: BslLink): FlashSession {
  let loader: { readonly link: BslLink; readonly nv: SecuredNv } | null = null;
  return {
    identity: () => (loader === null ? {} : identityOf(loader.nv)),
    hold: (until) => hold(context, until),
    program: async () => {
      const link = await startNorfdl(context, rom, work.image);
      const nv = await secure(context, work, link);
      loader = { link, nv };
      await programOrLeave(context, work, loader);
    },
    restart: async () => {
      if (loader !== null) await restart(context, loader.link);
    },
    // The ROM knows no exit but a power cycle.
    leave: () => Promise.resolve(),
  };
}

/** A package for another model is refused at the first erase, before anything is gone: the module boots again (§10.4). */
async function programOrLeave(
  context: SessionContext,
  work: Work,
  loader: { readonly link: BslLink; readonly nv: SecuredNv },
): Promise<void> {
  let isWritten = false;
  try {
    await runOperations(context, loader, work, () => {
      isWritten = true;
    });
  } catch (thrown) {
    const isOtherModel = thrown instanceof Fault && thrown.failure.code === 'package-for-other-model';
    if (isOtherModel && !isWritten) await leaveLoader(context, loader.link);
    throw thrown;
  }
}

const secure = (context: SessionContext, work: Work, link: BslLink): Promise<SecuredNv> =>
  orLeave(context, link, () =>
    runStep(context, stepNames.backup, () => secureNv(link, context, work.image, templateOf(work), stepNames.backup)),
  );

const identityOf = ({ imei }: SecuredNv): { readonly imei?: string } => (imei === undefined ? {} : { imei });
