// Asks a module in normal mode to restart into its download mode with AT+QDOWNLOAD=1 (eigencomm.md section 15).
// Knows no profile: whether this way is allowed is decided before.
import type { Clock } from '../bench/clock.ts';
import type { Transport } from '../bench/transport.ts';
import { Fault, fault } from '../domain/failure.ts';
import { type AtOptions, createAtDialogue } from './at-dialogue.ts';

/**
 * `accepted`: it answered OK. `vanished`: the device went away before or while answering, which is how many modules obey.
 * Either way the download-mode device must still be seen. Rejects `download-mode-refused` with the module's words,
 * `at-dialogue-broken` when it neither answered nor went away within `timeoutMs`; with the signal's reason on abort.
 */
export async function requestDownloadMode(
  transport: Transport,
  clock: Clock,
  options: AtOptions,
): Promise<'accepted' | 'vanished'> {
  const command = 'AT+QDOWNLOAD=1';
  try {
    const answer = await createAtDialogue(transport, clock).ask(command, options);
    switch (answer.result) {
      case 'ok':
        return 'accepted';
      case 'error':
        throw fault('download-mode-refused', 'enter', { expected: `OK to ${command}`, actual: answer.text });
      case 'silent': {
        const actual = answer.heard || 'silence, and the device is still there';
        throw fault('at-dialogue-broken', 'enter', { expected: `OK to ${command}, or the device gone`, actual });
      }
    }
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.failure.code === 'transport-closed') return 'vanished';
    throw thrown;
  }
}
