// The mask ROM of the 8850: takes the NORFDL into RAM and starts it. Knows no USB and no flash.
// Source: unisoc.md §3 rule 10, §5, §6, §8.3 rule 7. The reference has it from the SPL's copy of the code.
import { hex } from '../../../domain/failure.ts';
import type { SessionLog } from '../session-log.ts';
import type { BslHandler } from './bsl-stage.ts';
import { type Answer, replierWith } from './stage.ts';
import { commandName, commands, crcCheck, loadAddresses, replies, u32BigEndian } from './wire.ts';

export const romInputBytes = 0x410;
export const norFdlLimit = 0x14000;
const imageHeaderBytes = 0x100;
const { say, ack } = replierWith(crcCheck);

/** A START is taken only before a download. */
type State = 'first' | 'connected' | 'started' | 'ended';

export class BslRom implements BslHandler {
  private readonly log: SessionLog;
  /** Told the loader's bytes when it is to run. */
  private readonly onLoaded: (loader: Uint8Array) => void;
  private readonly memory = new Uint8Array(norFdlLimit);
  private state: State = 'first';
  private size = 0;
  /** START does not clear it: a second download in one session cannot come to its end. */
  private received = 0;

  constructor(log: SessionLog, onLoaded: (loader: Uint8Array) => void) {
    this.log = log;
    this.onLoaded = onLoaded;
  }

  command(type: number, data: Uint8Array): Answer {
    switch (type) {
      case commands.CONNECT:
        this.state = 'connected';
        return ack();
      case commands.CHANGE_BAUD:
        return ack();
      case commands.START_DATA:
        return this.start(u32BigEndian(data, 0), u32BigEndian(data, 4));
      case commands.MIDST_DATA:
        return this.midst(data);
      case commands.END_DATA:
        return this.end();
      case commands.EXEC_DATA:
        return this.exec();
      default:
        return this.refuse(`unknown command ${commandName(type)}`, replies.UNKNOWN_CMD);
    }
  }

  private start(address: number, size: number): Answer {
    if (this.state !== 'first' && this.state !== 'connected') return this.refuse('a second START_DATA');
    if (address !== loadAddresses.FDL) return this.refuse(`START_DATA at ${hex(address)}`);
    if (size > norFdlLimit || size < imageHeaderBytes) return this.refuse(`START_DATA of ${size} bytes`);
    this.size = size;
    this.state = 'started';
    return ack();
  }

  private midst(data: Uint8Array): Answer {
    if (this.state !== 'started') return this.refuse('MIDST_DATA without START_DATA');
    if (this.received + data.length > this.size) return this.refuse('MIDST_DATA of more than START_DATA said');
    this.memory.set(data, this.received);
    this.received += data.length;
    return ack();
  }

  private end(): Answer {
    if (this.state !== 'started') return this.refuse('END_DATA without START_DATA');
    if (this.received !== this.size) return this.refuse(`END_DATA after ${this.received} of ${this.size} bytes`);
    this.state = 'ended';
    return ack();
  }

  private exec(): Answer {
    if (this.state !== 'ended') return this.refuse('EXEC_DATA without a complete loader', replies.VERIFY_ERROR);
    this.onLoaded(this.memory.slice(0, this.size));
    return say(replies.ACK, { next: 'startLoader' });
  }

  private refuse(reason: string, code: number = replies.INVALID_CMD): Answer {
    this.log.violation(`ROM: ${reason}`);
    return say(code);
  }
}
