// From a silent ROM to a running agent, up to but without the first BURN_ONE (eigencomm.md 13 steps 1 to 3).
import type { SessionContext } from '../flasher.ts';
import { type Report, runStep } from '../run-step.ts';
import { baseInfo, imageHead, packageData } from './composite.ts';
import { pullupQspiBit } from './image-head.ts';
import { imageIds } from './opcodes.ts';
import { handshakeStep, loadAgentbootStep, type Work } from './plan.ts';
import { synchronise } from './sync.ts';
import type { Line } from './wire.ts';

/** Stated in the agentboot's head, over USB too, where it has no effect. */
const agentBaudRate = 921_600;

/** Emits `handshake.completed` at the ROM's first valid echo. Resolves when the agent has answered its first LPC sync. */
export async function startAgent(context: SessionContext, line: Line, work: Work): Promise<void> {
  await runStep(context, handshakeStep, async () => {
    await synchronise(line, 'DLBOOT', handshakeStep);
    context.emit({ type: 'handshake.completed' });
  });
  await runStep(context, loadAgentbootStep, (report) => loadAgentboot(context, line, work, report));
}

async function loadAgentboot({ emit }: SessionContext, line: Line, work: Work, report: Report): Promise<void> {
  const step = loadAgentbootStep;
  const { bytes, sha256 } = work.agentboot;
  emit({ type: 'evidence.found', name: 'agentboot.sha256', value: sha256 });
  emit({ type: 'evidence.found', name: 'agentboot.bytes', value: bytes.length });
  const version = await baseInfo(line, 'DLBOOT', 'IMGH', step);
  emit({ type: 'evidence.found', name: 'rom.version', value: Buffer.from(version).toString('hex') });
  const rsvd0 = work.package.agentbootPullupQspi ? pullupQspiBit : 0;
  const head = { imageId: imageIds.AGBT, burnAddress: 0, baudRate: agentBaudRate, rsvd0, size: bytes.length, sha256 };
  await imageHead(line, 'DLBOOT', head, step);
  await synchronise(line, 'DLBOOT', step);
  await baseInfo(line, 'DLBOOT', 'AGBT', step);
  await packageData(line, 'DLBOOT', bytes, step, report);
  await synchronise(line, 'LPC', step);
}
