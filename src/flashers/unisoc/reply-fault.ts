// Which failure a reply stands for (unisoc.md §6, §10.4). Pure; knows no dialogue.
import { type Fault, fault, hex } from '../../domain/failure.ts';
import type { BrokenFrame } from '../../framing/hdlc.ts';
import { type Command, replies, replyNames } from './opcodes.ts';
import type { Stage } from './stages.ts';

export interface Asked {
  readonly step: string;
  readonly stage: Stage;
  readonly command: Command;
  readonly address?: number;
}

/** `0x97 UNKNOWN_DEVICE`, as failures show a reply. */
export const describeReply = (type: number): string => `${hex(type)} ${replyNames.get(type) ?? 'unknown'}`;

/** The failure for a reply that does not answer `asked` with what was expected. */
export function replyFault(asked: Asked, expected: number, actual: number): Fault {
  const { step, command, stage, address } = asked;
  const facts = {
    expected: describeReply(expected),
    actual: describeReply(actual),
    ...(address === undefined ? {} : { address: hex(address) }),
    detail: `reply of ${stage.name} to ${command}${meaning(asked, actual)}`,
  };
  const isError = actual > replies.VER && actual !== replies.READ_FLASH;
  if (!isError) return fault('reply-unexpected', step, facts);
  switch (actual) {
    case replies.UNKNOWN_DEVICE:
      return fault('package-for-other-model', step, facts);
    case replies.SEC_VERIFY_ERROR:
      return fault('signature-refused', step, facts);
    case replies.VERIFY_ERROR:
      return fault(readsBack(asked) ? 'verify-mismatch' : 'device-refused', step, facts);
    default:
      return fault('device-refused', step, facts);
  }
}

export function brokenFault({ step, stage, command }: Asked, { reason, expected, actual }: BrokenFrame): Fault {
  const facts = {
    expected: hex(expected),
    actual: hex(actual),
    detail: `broken reply of ${stage.name} to ${command}: ${reason}`,
  };
  return fault(reason === 'checksum' ? 'reply-checksum-wrong' : 'reply-malformed', step, facts);
}

/** Only the flash loaders read back at END; in the ROM the same reply is a wrong size or CRC, or an invalid loader (§6). */
const readsBack = ({ stage, command }: Asked): boolean =>
  command === 'END_DATA' && (stage.name === 'FDL2' || stage.name === 'NORFDL');

function meaning({ command, stage }: Asked, actual: number): string {
  if (actual === replies.INCOMPATIBLE_PARTITION) return ': the file system could not be prepared';
  if (actual === replies.VERIFY_ERROR && stage.name === '8850 ROM')
    return command === 'EXEC_DATA' ? ': loader image not valid' : ': size or CRC wrong';
  if (actual === replies.OPERATION_FAILED && command === 'END_DATA') return ': NV CRC wrong, or the write failed';
  if (actual === replies.DOWN_DEST_ERROR) return ': address not allowed, or the first erase failed';
  return '';
}
