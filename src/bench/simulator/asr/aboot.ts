// The commands of boot ROM and flasher: what each does and answers. Knows no frame and no session; the caller keeps the rule
// of one command at a time. Source: asr.md §8 to §10, §13 to §18. FAIL texts that the reference does not give are made up here.
import type { SessionLog } from '../session-log.ts';
import { fipProblem } from './fip.ts';
import { namesChip, parseFlashInfo } from './flash-info.ts';
import type { AsrHabits } from './habits.ts';
import type { FlashResult, ModuleFlash } from './module-flash.ts';
import { answer, fail, type Outcome, okay } from './outcome.ts';
import { parsePartitionTable } from './partition-table.ts';
import { parseSparse } from './sparse.ts';
import { variable } from './variables.ts';
import { commandLimit, hex8, logFrame, replyFrame } from './wire.ts';

export interface AbootOptions {
  readonly habits: AsrHabits;
  readonly flash: ModuleFlash;
  readonly log: SessionLog;
  /** Of a `call`, where the habits do not say it. */
  readonly loaderStartMs: number;
  /** Asked of each piece of an image: it is acknowledged and goes nowhere. */
  readonly isOnlyAcknowledged: () => boolean;
}

/** `rom`: nothing called yet. `prepared`: preboot has run. `flasher`: the flash commands work. */
type Stage = 'rom' | 'prepared' | 'flasher';

interface Download {
  readonly bytes: Uint8Array;
  filled: number;
}

const maxDownloadBytes: Readonly<Record<Stage, number>> = { rom: 0xf000, prepared: 0xf000, flasher: 0x1c0000 };
/** Over SMUX this boot ROM knows no `call`: `nop` stands in its place. */
const romWithoutCall = '2019.01.15';
const forbidden = /^(upload|upgrade|useflash|ulstage|loadpt)\b/;

export class Aboot {
  private readonly options: AbootOptions;
  private stage: Stage = 'rom';
  private downloads = 0;
  private download: Download | null = null;
  /** Complete and not yet used. */
  private loaded: Uint8Array | null = null;
  private isVerified = false;
  private taken: 'nothing' | 'flashInfo' | 'partitionTable' = 'nothing';
  private weight = 0;
  private done = 0;
  private isRebooting = false;

  constructor(options: AbootOptions) {
    this.options = options;
  }

  get awaitsData(): boolean {
    return this.download !== null;
  }

  /** Bytes of the running download that have not come. */
  get missing(): number {
    return this.download ? this.download.bytes.length - this.download.filled : 0;
  }

  abandonDownload(): void {
    this.download = null;
  }

  /** Payload of one data frame. Null while more is to come. */
  takeData(payload: Uint8Array): Outcome | null {
    const { download } = this;
    if (!download) return null;
    const room = download.bytes.length - download.filled;
    if (payload.length > room) this.violation(`${payload.length - room} bytes more than the download announced`);
    download.bytes.set(payload.subarray(0, room), download.filled);
    download.filled += Math.min(room, payload.length);
    if (download.filled < download.bytes.length) return null;
    this.loaded = download.bytes;
    this.download = null;
    return okay();
  }

  command(text: string): Outcome {
    if (text.length >= commandLimit) return this.refuse('command too long', 'a command of 128 bytes or more');
    if (this.isRebooting && !/^(reboot|complete|disconnect)$/.test(text)) this.violation(`${text} after reboot`);
    const colon = text.indexOf(':');
    const verb = colon < 0 ? text : text.slice(0, colon);
    const argument = colon < 0 ? '' : text.slice(colon + 1);
    if (verb.startsWith('fuse')) return this.burnFuses(text);
    if (forbidden.test(text)) return this.refuse('unknown command', `${text}, which is never sent`);
    return colon < 0 ? this.plain(text) : this.withArgument(verb, argument, text);
  }

  private plain(text: string): Outcome {
    switch (text) {
      case 'verify':
        return this.verify();
      case 'call':
        return this.options.habits.bootRom === romWithoutCall
          ? this.refuse('unknown command', 'call to a boot ROM without it')
          : this.call();
      case 'nop':
        return this.options.habits.bootRom === romWithoutCall && this.isVerified ? this.call() : okay();
      case 'partition':
        return this.partition();
      case 'enable':
      case 'complete':
        return okay();
      case 'reboot':
        this.isRebooting = true;
        return okay();
      case 'disconnect':
        return answer('OKAY', { next: this.isRebooting ? 'reset' : 'nothing' });
      default:
        return this.refuse('unknown command', `unknown command ${text}`);
    }
  }

  private withArgument(verb: string, argument: string, text: string): Outcome {
    switch (verb) {
      case 'getvar':
        return this.getVariable(argument);
      case 'progress':
        if (!/^[0-9a-f]{8}$/.test(argument)) return this.refuse('bad argument', `${text} without eight hex digits`);
        this.weight = Number.parseInt(argument, 16);
        this.done = 0;
        return okay();
      case 'download':
        return this.beginDownload(argument, text);
      case 'flash':
        return this.flash(argument, text);
      case 'erase':
        return this.erase(argument, text);
      default:
        return this.refuse('unknown command', `unknown command ${text}`);
    }
  }

  private getVariable(name: string): Outcome {
    const { habits, flash } = this.options;
    const value = variable(name, {
      bootRom: habits.bootRom,
      maxDownloadBytes: maxDownloadBytes[this.stage],
      table: this.taken === 'partitionTable' ? flash.table : [],
    });
    return value === null ? fail('unknown variable') : okay(value);
  }

  private beginDownload(argument: string, text: string): Outcome {
    if (!/^[0-9a-fA-F]{1,8}$/.test(argument)) return this.refuse('bad argument', `${text} without a hex size`);
    if (!/^[0-9a-f]{8}$/.test(argument)) this.violation(`${text} without eight lower-case hex digits`);
    const size = Number.parseInt(argument, 16);
    const limit = maxDownloadBytes[this.stage];
    if (size === 0 || size > limit) return this.refuse('data too large', `a download of ${size} bytes, of at most ${limit}`);
    this.downloads += 1;
    this.loaded = null;
    this.isVerified = false;
    const wrong = this.options.habits.wrongDataSize;
    if (wrong?.download === this.downloads) return answer(`DATA${hex8(wrong.size)}`);
    this.download = { bytes: new Uint8Array(size), filled: 0 };
    return answer(`DATA${hex8(size)}`);
  }

  private verify(): Outcome {
    if (this.stage === 'flasher') return this.refuse('already running', 'verify to the running flasher');
    if (!this.loaded) return this.refuse('no image', 'verify without a download');
    const problem = fipProblem(this.loaded);
    if (problem !== null) return this.refuse('verify image failed', `verify of an image with ${problem}`);
    this.isVerified = true;
    return okay();
  }

  private call(): Outcome {
    if (!this.isVerified) return this.refuse('no verified image', 'call without verify');
    const { habits, loaderStartMs } = this.options;
    this.isVerified = false;
    this.loaded = null;
    this.stage = this.stage === 'rom' ? 'prepared' : 'flasher';
    return answer(habits.losesCallOkay ? 'PROG0' : 'OKAY', {
      first: Array.from({ length: habits.infoLines }, () => replyFrame('INFOboot log line')),
      workMs: habits.callMs ?? loaderStartMs,
      isSilent: true,
    });
  }

  private partition(): Outcome {
    if (this.stage !== 'flasher') return this.refuse('unknown command', 'partition before the flasher runs');
    const bytes = this.loaded;
    if (!bytes) return this.refuse('no data', 'partition without a download');
    this.loaded = null;
    return this.taken === 'nothing' ? this.takeFlashInfo(bytes) : this.takePartitionTable(bytes);
  }

  /** A chip that is not on the list is no breach of a rule: the device is asked for exactly that. */
  private takeFlashInfo(bytes: Uint8Array): Outcome {
    const { chip } = this.options.flash;
    const failed = 'parse flash information table failed';
    const listed = parseFlashInfo(bytes);
    if (!listed) return this.refuse(failed, 'a first partition that is no flash information table');
    if (!namesChip(listed, chip)) return fail(failed, '[ERR : QspiNor] Flash device is different with specified!');
    this.taken = 'flashInfo';
    return answer('OKAY', { first: [logFrame(`[INFO: QspiNor] ${chip.name}`)] });
  }

  private takePartitionTable(bytes: Uint8Array): Outcome {
    const { flash } = this.options;
    const table = parsePartitionTable(bytes, flash.nor.size);
    if (typeof table === 'string') return this.refuse('parse partition table failed', `a partition table with ${table}`);
    this.taken = 'partitionTable';
    flash.table = table;
    return okay();
  }

  private flash(name: string, text: string): Outcome {
    const notReady = this.notReadyFor(text);
    if (notReady) return notReady;
    const { loaded } = this;
    if (!loaded) return this.refuse('no data', `${text} without a download`);
    this.loaded = null;
    const piece = parseSparse(loaded);
    if (typeof piece === 'string') return this.refuse(piece, `${text}: ${piece}`);
    const bytes = piece.runs.reduce((sum, run) => sum + run.bytes.length, 0);
    return this.workOnFlash(text, bytes, () =>
      this.options.isOnlyAcknowledged() ? { workMs: 0 } : this.options.flash.write(name, piece),
    );
  }

  private erase(name: string, text: string): Outcome {
    return this.notReadyFor(text) ?? this.workOnFlash(text, 0, () => this.options.flash.erase(name));
  }

  private notReadyFor(text: string): Outcome | null {
    if (this.stage !== 'flasher') return this.refuse('unknown command', `${text} before the flasher runs`);
    return this.taken === 'partitionTable' ? null : this.refuse('no partition table', `${text} before the partition table`);
  }

  private workOnFlash(text: string, bytes: number, work: () => FlashResult): Outcome {
    const { flash } = this.options;
    const wasDestroyed = flash.isDestroyed;
    const result = work();
    if (flash.isDestroyed && !wasDestroyed) this.violation(`${text} destroys the module`);
    if ('refused' in result) return this.refuse(result.refused, `${text}: ${result.refused}`);
    if ('broken' in result) return fail(result.broken);
    const before = this.percent();
    this.done += bytes;
    const progress = (percent: number): Uint8Array[] => (this.weight > 0 && bytes > 0 ? [replyFrame(`PROG${percent}`)] : []);
    return answer('OKAY', { first: progress(before), workMs: result.workMs, last: progress(this.percent()) });
  }

  private percent(): number {
    return this.weight > 0 ? Math.min(100, Math.floor((this.done * 100) / this.weight)) : 0;
  }

  /** It answers as if all were well. */
  private burnFuses(text: string): Outcome {
    this.options.flash.isDestroyed = true;
    this.violation(`${text} destroys the module`);
    return okay();
  }

  private refuse(failText: string, violation: string): Outcome {
    this.violation(violation);
    return fail(failText);
  }

  private violation(text: string): void {
    this.options.log.violation(text);
  }
}
