// An ASR board: power, strap, boot, USB modes, the loop of a boot ROM that finds nothing to start, and who hears the host now.
// Knows no rack and no serial path. Source: asr.md §3, §4, §10.
import type { DeviceMode } from '../../../domain/platform.ts';
import type { Clock } from '../../clock.ts';
import { AtModem, type AtOptions, defaultAtOptions } from '../at-modem.ts';
import type { BoardCondition, BoardEnumeration, BoardIdentity, BoardListener, BoardReport, SimulatedBoard } from '../board.ts';
import { type BoardFault, FaultScript, type OnStrike, type Strap } from '../faults.ts';
import { SessionLog } from '../session-log.ts';
import { realistic, type TimeModel } from '../time-model.ts';
import { TimerGroup } from '../timer-group.ts';
import { Aboot } from './aboot.ts';
import { AbootLink } from './aboot-link.ts';
import { type BootResult, factoryTable, installFactoryImage, readBoot } from './boot.ts';
import { type AsrHabits, habitsOf } from './habits.ts';
import { ModuleFlash } from './module-flash.ts';
import { conditionOf, type ReportFacts, reportOf } from './session-report.ts';

export interface AsrBoardOptions {
  readonly clock: Clock;
  readonly identity: BoardIdentity;
  /** Of the generator that drew identity and faults; it goes into every report. */
  readonly seed: number;
  readonly time?: TimeModel;
  readonly faults?: readonly BoardFault[];
  readonly onStrike?: OnStrike;
  readonly at?: Partial<AtOptions>;
  readonly habits?: Partial<AsrHabits>;
  /** An erased application: the board loops in its boot ROM until it is flashed. */
  readonly emptyApplication?: boolean;
  /** So many stays in the loop of the boot ROM hear nothing; default none. */
  readonly deafStays?: number;
  /** How long download mode waits for its first preamble before the chip starts again; null (default): for ever. */
  readonly lapseMs?: number | null;
}

/** Of the loop of a boot ROM without an application (asr.md §4: 0.4 to 0.6 s). */
const loop = { presentMs: 500, absentMs: 500 } as const;
const romSerialNumber = 'arom0123456789';
const normalInterfaces: readonly number[] = [2, 3, 4, 5];
const atInterface = 3;
const replInterface = 5;
/** CDC control and CDC data: one tty. */
const downloadInterfaces: readonly number[] = [0, 1];
const dataInterface = 1;
const vendorIds: Readonly<Record<DeviceMode, number>> = { normal: 0x2c7c, download: 0x2ecc };

type Entry = 'download' | 'loop' | 'firmware' | 'nothing';

export class AsrBoard implements SimulatedBoard {
  readonly identity: BoardIdentity;
  readonly flash: ModuleFlash;
  private readonly options: AsrBoardOptions;
  private readonly habits: AsrHabits;
  private readonly time: TimeModel;
  private readonly faults: FaultScript;
  /** Everything that runs only while there is power. */
  private readonly timers: TimerGroup;
  private listener: BoardListener | null = null;
  private isPowered = false;
  private hasHadPower = false;
  private strap: Strap = 'open';
  /** Since the last power-on. */
  private wasResetByHost = false;
  private everReset = false;
  private isHung = false;
  private present: BoardEnumeration | null = null;
  /** Of the session that is running or was the last one. */
  private log = new SessionLog();
  private link: AbootLink | null = null;
  private modem: AtModem | null = null;
  /** Where the host spoke last in download mode. */
  private spokenTo = dataInterface;
  private deafStaysLeft: number;

  constructor(options: AsrBoardOptions) {
    this.options = options;
    this.deafStaysLeft = options.deafStays ?? 0;
    this.identity = options.identity;
    this.habits = habitsOf(options.identity.model, options.habits);
    this.time = options.time ?? realistic;
    this.faults = new FaultScript(options.faults, options.onStrike);
    this.timers = new TimerGroup(options.clock);
    this.flash = new ModuleFlash({
      chip: this.habits.nor,
      table: factoryTable(this.habits.nor.bytes),
      time: this.time,
      deadCells: this.faults.all('deadCell').map(({ address }) => address),
    });
    installFactoryImage(this.flash, options.identity);
    if (options.emptyApplication) this.flash.erase('customer_app');
  }

  listen(listener: BoardListener | null): void {
    this.listener = listener;
  }

  setPower(on: boolean): void {
    if (on === this.isPowered) return;
    this.isPowered = on;
    this.stopEverything();
    this.wasResetByHost = false;
    if (!on) return;
    this.armTimedFaults();
    this.restart(0);
  }

  setStrap(closed: boolean): void {
    this.strap = this.faults.onStrap(this.strap, closed);
  }

  receive(interfaceNumber: number, bytes: Uint8Array): void {
    if (this.isHung || !this.present?.interfaces.includes(interfaceNumber)) return;
    if (this.present.mode === 'download') {
      this.spokenTo = interfaceNumber;
      this.link?.receive(bytes);
    } else if (interfaceNumber === atInterface) this.modem?.receive(bytes);
    else if (interfaceNumber === replInterface) this.answerRepl(bytes);
  }

  condition(): BoardCondition {
    return conditionOf(this.facts());
  }

  report(): BoardReport {
    return reportOf(this.facts());
  }

  private facts(): ReportFacts {
    const { identity, flash, log, options } = this;
    return { identity, seed: options.seed, flash, log, boot: this.boot() };
  }

  // Starting: power-on, reset, AT+QDOWNLOAD=1, the loop.

  /** The chip starts, with strap and flash as they are now. */
  private restart(delayMs: number): void {
    this.start(this.entryNow(), delayMs);
  }

  private entryNow(): Entry {
    if (this.flash.isDestroyed) return 'nothing';
    if (this.strap !== 'open') return 'download';
    if (this.wasResetByHost && this.habits.staysInRom) return 'loop';
    return this.boot().boots ? 'firmware' : 'loop';
  }

  private start(entry: Entry, delayMs: number): void {
    this.stopEverything();
    if (entry === 'nothing') return;
    const startUpMs = entry === 'firmware' ? this.time.bootMs : this.time.enumerationMs;
    this.timers.afterOrNow(delayMs + startUpMs, () => (entry === 'firmware' ? this.enterFirmware() : this.enterRom(entry)));
  }

  private boot(): BootResult {
    if (this.everReset && this.faults.has('doesNotBoot')) return { boots: false, problem: 'scripted fault' };
    return readBoot(this.flash);
  }

  private enterRom(entry: 'download' | 'loop'): void {
    const log = new SessionLog();
    const link = this.linkWith(log);
    const isDeaf = entry === 'loop' && this.deafStaysLeft > 0;
    if (isDeaf) this.deafStaysLeft -= 1;
    this.link = isDeaf ? null : link;
    this.spokenTo = dataInterface;
    this.enumerate('download', this.habits.downloadProductId, romSerialNumber, downloadInterfaces, dataInterface);
    const stayMs = entry === 'loop' ? loop.presentMs : (this.options.lapseMs ?? null);
    if (stayMs === null) return;
    this.timers.after(stayMs, () => {
      if (!link.wasGreeted && !this.isHung) this.restart(entry === 'loop' ? loop.absentMs : 0);
    });
  }

  private linkWith(log: SessionLog): AbootLink {
    const { habits, flash, faults, timers, time } = this;
    const aboot = new Aboot({
      ...{ habits, flash, log, loaderStartMs: time.loaderStartMs },
      isOnlyAcknowledged: () => faults.isOnlyAcknowledged(),
    });
    return new AbootLink({
      habits,
      aboot,
      log,
      faults,
      timers,
      turnaroundMs: time.turnaroundMs,
      write: (bytes) => this.listener?.onSend(this.spokenTo, bytes),
      onFirstMessage: () => this.beginSession(log),
      onReset: () => this.timers.afterOrNow(this.time.resetMs, () => this.reset()),
      onPull: () => this.listener?.onPull(),
      onStall: () => this.hang(),
      onStopReading: () => this.listener?.onReading(false),
    });
  }

  /** A stay in the boot ROM that hears nothing leaves the report of the last session as it was. */
  private beginSession(log: SessionLog): void {
    this.log = log;
    this.flash.beginSession();
  }

  private reset(): void {
    this.wasResetByHost = true;
    this.everReset = true;
    this.listener?.onReset();
    this.stopEverything();
    const lateMs = this.faults.onReset();
    if (lateMs !== null) this.restart(lateMs);
  }

  private enterFirmware(): void {
    const boot = this.boot();
    const revision = boot.boots ? boot.revision : null;
    this.enumerate('normal', this.habits.normalProductId, '0000', normalInterfaces, atInterface);
    this.timers.afterOrNow(this.time.atReadyMs, () => {
      this.modem = this.modemWith(revision);
    });
  }

  private modemWith(revision: string | null): AtModem {
    const { model, imei, sn } = this.identity;
    return new AtModem({
      facts: { model, imei, sn, revision },
      options: { ...defaultAtOptions, allowsDownload: true, ...this.options.at },
      timers: this.timers,
      send: (bytes) => this.send(atInterface, bytes),
      enterDownload: () => this.timers.afterOrNow(this.time.resetMs, () => this.start('download', 0)),
    });
  }

  private answerRepl(bytes: Uint8Array): void {
    if (this.options.at?.repl === 'busy' || !bytes.includes(0x0d) || !this.modem) return;
    this.send(replInterface, new TextEncoder().encode('\r\n>>> '));
  }

  // What runs ends.

  private stopEverything(): void {
    this.timers.cancelAll();
    this.link = null;
    this.modem = null;
    this.isHung = false;
    if (!this.present) return;
    this.present = null;
    this.listener?.onEnumerate(null);
  }

  /** On the bus, but dead: only a loss of power ends it. */
  private hang(): void {
    this.timers.cancelAll();
    this.isHung = true;
  }

  private armTimedFaults(): void {
    if (this.hasHadPower) return;
    this.hasHadPower = true;
    for (const { kind, afterMs } of this.faults.timed()) {
      this.options.clock.after(afterMs, () => {
        if (!this.isPowered) return;
        this.faults.struck(kind);
        if (kind === 'pull') this.listener?.onPull();
        else this.hang();
      });
    }
  }

  private enumerate(
    mode: DeviceMode,
    ownProductId: number,
    serialNumber: string,
    interfaces: readonly number[],
    dialogueInterface: number,
  ): void {
    const own = { vendorId: vendorIds[mode], productId: ownProductId };
    const { vendorId, productId } = this.faults.onEnumerate(mode) ?? own;
    this.present = { mode, vendorId, productId, serialNumber, interfaces, dialogueInterface };
    this.listener?.onEnumerate(this.present);
  }

  private send(interfaceNumber: number, bytes: Uint8Array): void {
    if (bytes.length > 0) this.listener?.onSend(interfaceNumber, bytes);
  }
}
