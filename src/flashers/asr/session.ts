// One connected ASR module, its flasher running and its tables taken: hold, program, restart, leave (asr.md §8.2, §10). Knows no slot.
import { type FailureCode, Fault } from '../../domain/failure.ts';
import type { FlashSession, SessionContext } from '../flasher.ts';
import { runStep } from '../run-step.ts';
import { type Device, deviceOf, performStep } from './actions.ts';
import { SmuxLink } from './link.ts';
import { timeoutsMs } from './opcodes.ts';
import { handshakeStep, resetStep } from './plan.ts';
import { demandSmux } from './preamble.ts';
import { isWrite, type Work } from './work.ts';

const holdStep = 'hold';

/** Preamble to second table. Resolves with a device whose next planned step is the first write. */
export async function connectDevice(context: SessionContext, work: Work): Promise<Device> {
  const { strategy } = work.package;
  context.emit({ type: 'evidence.found', name: 'asr.strategy', value: strategy.kind });
  context.emit({ type: 'evidence.found', name: 'asr.strategyReason', value: strategy.reason });
  const link = await runStep(context, handshakeStep, async () => {
    const found = new SmuxLink(context, await demandSmux(context, handshakeStep), handshakeStep);
    const mtu = await found.greet(handshakeStep);
    context.emit({ type: 'evidence.found', name: 'asr.mtu', value: mtu });
    return found;
  });
  const device = deviceOf(context, link);
  for (const planned of work.planned.slice(0, work.planned.findIndex(isWrite))) await performStep(device, planned);
  return device;
}

export function createSession(device: Device, work: Work): FlashSession {
  const { context, link } = device;
  let isBroken = false;
  return {
    // The protocol gives no identity: its USB serial number is a constant, and it reads nothing of the unit.
    identity: () => ({}),
    hold: (until) => link.hold(until, holdStep),
    program: async () => {
      try {
        for (const planned of work.planned.slice(work.planned.findIndex(isWrite))) await performStep(device, planned);
      } catch (thrown) {
        isBroken = true;
        throw thrown;
      }
    },
    // After an abort the module stays in download mode and is power-cycled: no `reboot` (§10).
    restart: async () => {
      if (!isBroken) await runStep(context, resetStep, () => restart(device));
    },
    leave: () => {
      context.emit({ type: 'note.added', text: 'the module stays in download mode: power-cycle it' });
      return Promise.resolve();
    },
  };
}

/** The flash is written by now: a restart that is refused or cut off is a remark, and the read-back decides. */
async function restart(device: Device): Promise<void> {
  device.link.forgetReplies(resetStep);
  if (!(await isAnswered(device, 'reboot', timeoutsMs.closing))) return;
  if (!(await isAnswered(device, 'complete', timeoutsMs.closing))) return;
  await isAnswered(device, 'disconnect', timeoutsMs.disconnect);
}

/** False when the module is gone or says nothing any more. Rejects with what hindered the sending of `reboot`. */
async function isAnswered({ context, link }: Device, command: string, timeoutMs: number): Promise<boolean> {
  try {
    const { word, text } = await link.command(command, resetStep, timeoutMs);
    if (word === 'OKAY') return true;
    context.emit({ type: 'note.added', text: `${command} answered ${word}${text}` });
    context.emit({ type: 'evidence.found', name: `asr.${command}Refused`, value: `${word}${text}`.slice(0, 120) });
    return true;
  } catch (thrown) {
    if (!(thrown instanceof Fault) || context.signal.aborted) throw thrown;
    if (command === 'reboot' && !isCutOff(thrown.failure.code)) throw thrown;
    context.emit({ type: 'note.added', text: `no answer to ${command}: ${thrown.message}` });
    return false;
  }
}

const isCutOff = (code: FailureCode): boolean => ['reply-timed-out', 'transport-closed', 'link-lost'].includes(code);
