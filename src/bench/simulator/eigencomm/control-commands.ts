// The agent's LPC commands on flash and memory, their argument checks and limits. Knows no sync and no burn.
// Source: eigencomm.md §6.2, §9.3, §14.

import { eraseDurationMs, type NorFlash } from '../nor-flash.ts';
import type { SessionLog } from '../session-log.ts';
import type { TimeModel } from '../time-model.ts';
import { type Answer, replies } from './answer.ts';
import { cpDataStart } from './boot.ts';
import type { RequestFrame } from './frame-reader.ts';
import { controlCommands, errorCodes, u32At } from './wire.ts';

export interface FlashParts {
  readonly ap: NorFlash;
  readonly cp: NorFlash;
  readonly time: TimeModel;
  readonly log: SessionLog;
}

const lnaBases = { ap: 0x800000, cp: 0x8800000 } as const;
const readLimit = 255;
const { ack, nak } = replies('agent');

/** Where an LNA address lies; null outside both flashes. */
function locate({ ap, cp }: FlashParts, lna: number): { flash: NorFlash; offset: number } | null {
  const flash = [
    { flash: ap, offset: lna - lnaBases.ap },
    { flash: cp, offset: lna - lnaBases.cp },
  ].find((part) => part.offset >= 0 && part.offset < part.flash.size);
  return flash ?? null;
}

export function eraseFlash(parts: FlashParts, request: RequestFrame): Answer {
  const { log, time } = parts;
  const length = u32At(request.data, 0);
  if (request.data.length !== 8 || length === 0)
    return refuse(log, request, errorCodes.badArgument, 'FLASH_ERASE with wrong arguments');
  const lna = u32At(request.data, 4);
  const found = locate(parts, lna);
  if (!found) return refuse(log, request, errorCodes.eraseFailed, `FLASH_ERASE at 0x${lna.toString(16)}, outside the LNA ranges`);
  const { flash, offset } = found;
  if (offset === 0 && length >= flash.size) {
    log.violation(`LPC: chip erase of ${flash.name} flash`);
    flash.erase(0, flash.size);
    return ack(request, undefined, eraseDurationMs(time, 0, flash.size));
  }
  if (!flash.holds(offset, length)) return refuse(log, request, errorCodes.eraseFailed, 'FLASH_ERASE past the end of flash');
  if (flash === parts.cp && offset + length > cpDataStart) log.violation('LPC: CP data or RF calibration erased');
  flash.erase(offset, length);
  return ack(request, undefined, eraseDurationMs(time, offset, length));
}

export function readMemory(parts: FlashParts, request: RequestFrame): Answer {
  const length = u32At(request.data, 0);
  if (request.data.length !== 8 || length === 0 || length > readLimit) {
    return refuse(parts.log, request, errorCodes.badArgument, 'READ_MEM with wrong arguments');
  }
  const found = locate(parts, u32At(request.data, 4));
  if (!found?.flash.holds(found.offset, length))
    return refuse(parts.log, request, errorCodes.readFailed, 'READ_MEM outside the LNA ranges');
  return ack(request, found.flash.read(found.offset, length));
}

/** The codes that no host may send. Those that touch fuses destroy the board, so that no run with one can look good. */
export function forbidden(log: SessionLog, request: RequestFrame): Answer {
  switch (request.command) {
    case controlCommands.EFUSE_BURN:
    case controlCommands.EFUSE_READ:
      log.destroyed = true;
      log.violation('LPC: eFuse command');
      return ack(request);
    case controlCommands.MEMORY_WRITE:
    case controlCommands.NO_OPERATION:
      log.violation(`LPC: command 0x${request.command.toString(16)} that no host may send`);
      return ack(request);
    default:
      return refuse(log, request, errorCodes.unknownCommand, `unknown command 0x${request.command.toString(16)}`);
  }
}

export function refuse(log: SessionLog, request: RequestFrame, errorCode: number, reason: string): Answer {
  log.violation(`${request.framing === 'data' ? 'AGBOOT' : 'LPC'}: ${reason}`);
  return nak(request, errorCode);
}
