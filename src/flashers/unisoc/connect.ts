// From the ROM's first reply to a running loader, for both chips (unisoc.md §8.4, §10.1, §10.3). Knows no NV and no scheme.
import { Fault, fault } from '../../domain/failure.ts';
import type { UnisocPackage } from '../../firmware/unisoc-package.ts';
import type { SessionContext } from '../flasher.ts';
import { runStep } from '../run-step.ts';
import { BslLink, type VersionPoll } from './bsl-link.ts';
import { download } from './download.ts';
import { replies } from './opcodes.ts';
import { PdlLink } from './pdl.ts';
import { loaderOf, stepNames } from './plan.ts';
import { fdl1, fdl2, norfdl, rom8850 } from './stages.ts';

/** The profile's window usually ends it before. */
const handshakeTries = 10;
/** Single 7E bytes add up to the three in a row that some ROMs and NORFDL want. */
const romPoll: VersionPoll = { everyMs: 100, forMs: 1_000 };
const connectWaitMs = 200;
/** FDL1 answers the first 7E it sees. */
const fdl1Poll: VersionPoll = { everyMs: 500, forMs: 5_000 };
/** NORFDL mounts its file systems first, and waits without limit. */
const norfdlPoll: VersionPoll = { everyMs: 100, forMs: 15_000 };

/** One CONNECT: is an 8910 ROM there? A module in normal mode may echo it, which is no reply. */
export async function pdlAnswers(context: SessionContext): Promise<boolean> {
  try {
    return (await new PdlLink(context).connect(stepNames.handshake)) !== null;
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.failure.code === 'reply-malformed') return false;
    throw thrown;
  }
}

/** A second of 7E: is an 8850 ROM there? */
export const rom8850Answers = async (context: SessionContext): Promise<boolean> => answers(new BslLink(context, rom8850));

/** PDL, FDL1, and FDL2 until its own ACK. Rejects `rom-silent`, `loader-silent`, and as the links do. */
export async function start8910(context: SessionContext, image: UnisocPackage): Promise<BslLink> {
  const pdl = new PdlLink(context);
  await runStep(context, stepNames.handshake, () =>
    handshake(context, () => pdl.connect(stepNames.handshake).then((status) => status !== null)),
  );
  await runStep(context, stepNames.loadFdl1, async (report) => {
    const { base, entry } = loaderOf(image, 'HOST_FDL');
    await pdl.loadAndRun(stepNames.loadFdl1, base, entry.bytes, report);
  });
  return runStep(context, stepNames.loadFdl2, async (report) => {
    const step = stepNames.loadFdl2;
    const link = new BslLink(context, fdl1);
    await expectVersion(link, fdl1Poll, step);
    await link.request({ step, command: 'CONNECT' });
    const { base, entry } = loaderOf(image, 'FDL2');
    await download(link, { step, address: base, bytes: entry.bytes }, report);
    // FDL1 does not answer EXEC: this is the first word of FDL2.
    await link.request({ step, command: 'EXEC_DATA', accept: [replies.ACK, replies.INCOMPATIBLE_PARTITION], address: base });
    return new BslLink(context, fdl2);
  });
}

/** The 8850 ROM with NORFDL in RAM, not yet started: what comes next deletes files. */
export async function load8850(context: SessionContext, image: UnisocPackage): Promise<BslLink> {
  const link = new BslLink(context, rom8850);
  await runStep(context, stepNames.handshake, async () => {
    await handshake(context, () => answers(link));
    await link.request({ step: stepNames.handshake, command: 'CONNECT' });
  });
  await runStep(context, stepNames.loadNorfdl, async (report) => {
    const { base, entry } = loaderOf(image, 'FDL');
    await download(link, { step: stepNames.loadNorfdl, address: base, bytes: entry.bytes }, report);
  });
  return link;
}

/** EXEC of NORFDL, which mounts and cleans file systems: the first write of the 8850 flow. */
export async function startNorfdl(context: SessionContext, rom: BslLink, image: UnisocPackage): Promise<BslLink> {
  const step = stepNames.startNorfdl;
  return runStep(context, step, async () => {
    const address = loaderOf(image, 'FDL').base;
    await rom.request({ step, command: 'EXEC_DATA', accept: [replies.ACK, replies.INCOMPATIBLE_PARTITION], address });
    const link = new BslLink(context, norfdl);
    await expectVersion(link, norfdlPoll, step);
    await link.request({ step, command: 'CONNECT' });
    return link;
  });
}

async function handshake({ emit }: SessionContext, answered: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < handshakeTries; tries++) {
    if (await answered()) {
      emit({ type: 'handshake.completed' });
      return;
    }
  }
  throw fault('rom-silent', stepNames.handshake, { actual: `silence to ${handshakeTries} tries` });
}

/** A ROM that gave its VER to an earlier probe stays silent to 7E and answers CONNECT. */
const answers = async (link: BslLink): Promise<boolean> =>
  (await link.pollVersion(romPoll)) !== null || link.answersConnect(connectWaitMs);

async function expectVersion(link: BslLink, poll: VersionPoll, step: string): Promise<void> {
  if ((await link.pollVersion(poll)) !== null) return;
  throw fault('loader-silent', step, { expected: `VER of ${link.stage.name} within ${poll.forMs} ms`, actual: 'silence' });
}
