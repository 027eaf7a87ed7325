// FDL1 of the 8910: takes FDL2 into RAM and starts it. It dies of nearly every mistake. Knows no USB and no flash.
// Source: unisoc.md §3 rules 9 and 11, §5, §6. Beyond it: END before the last byte and EXEC without END are 8A and panic, and panic.
import { hex } from '../../../domain/failure.ts';
import type { SessionLog } from '../session-log.ts';
import type { BslHandler } from './bsl-stage.ts';
import { LoadedImage } from './loaded-image.ts';
import { type Answer, replierWith, silence } from './stage.ts';
import { commandName, commands, loadAddresses, replies, sumCheck, u32BigEndian } from './wire.ts';

export const fdl1PacketBytes = 0x840;
export const fdl2Limit = 0x30000;
const { say, ack } = replierWith(sumCheck);

export class Fdl1 implements BslHandler {
  private readonly log: SessionLog;
  private image: LoadedImage | null = null;
  private hasEnded = false;

  constructor(log: SessionLog) {
    this.log = log;
  }

  command(type: number, data: Uint8Array): Answer {
    switch (type) {
      case commands.CONNECT:
      case commands.CHANGE_BAUD:
        return ack();
      case commands.START_DATA:
        return this.start(u32BigEndian(data, 0), u32BigEndian(data, 4));
      case commands.MIDST_DATA:
        return this.midst(data);
      case commands.END_DATA:
        return this.end();
      case commands.EXEC_DATA:
        return this.hasEnded ? { ...silence, next: 'startLoader' } : this.die('EXEC_DATA without a complete loader');
      default:
        return this.die(`unknown command ${commandName(type)}`);
    }
  }

  private start(address: number, size: number): Answer {
    if (address !== loadAddresses.FDL2) return this.die(`START_DATA at ${hex(address)}`, replies.DOWN_DEST_ERROR);
    if (size > fdl2Limit) return this.die(`START_DATA of ${size} bytes`, replies.DOWN_SIZE_ERROR);
    this.image = new LoadedImage(size);
    this.hasEnded = false;
    return ack();
  }

  private midst(data: Uint8Array): Answer {
    if (!this.image) return this.die('MIDST_DATA without START_DATA', replies.DOWN_NOT_START);
    if (data.length % 2 === 1) this.log.violation('FDL1: MIDST_DATA of an odd size');
    return this.image.append(data) ? ack() : this.die('MIDST_DATA of more than START_DATA said', replies.DOWN_SIZE_ERROR);
  }

  private end(): Answer {
    if (!this.image?.isComplete) return this.die('END_DATA before the last byte', replies.DOWN_SIZE_ERROR);
    this.hasEnded = true;
    return ack();
  }

  private die(reason: string, code?: number): Answer {
    this.log.violation(`FDL1: ${reason}`);
    return code === undefined ? { ...silence, next: 'panic' } : say(code, { next: 'panic' });
  }
}
