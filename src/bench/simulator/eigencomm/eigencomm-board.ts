// An EC600E/EC800E board: power, strap, boot, USB modes, and which stage hears the host now. Knows no rack and no serial path.
import type { DeviceMode } from '../../../domain/platform.ts';
import type { Clock } from '../../clock.ts';
import { AtModem, type AtOptions, defaultAtOptions } from '../at-modem.ts';
import type { BoardCondition, BoardEnumeration, BoardIdentity, BoardListener, BoardReport, SimulatedBoard } from '../board.ts';
import { type BoardFault, FaultScript, type OnStrike, type Strap } from '../faults.ts';
import { NorFlash } from '../nor-flash.ts';
import { SessionLog } from '../session-log.ts';
import { realistic, type TimeModel } from '../time-model.ts';
import { TimerGroup } from '../timer-group.ts';
import { Agent, type AgentOptions } from './agent.ts';
import { type BootResult, installFactoryImage, readBoot } from './boot.ts';
import { LoaderDialogue } from './loader-dialogue.ts';
import { MaskRom } from './mask-rom.ts';
import { conditionOf, type ReportFacts, reportOf } from './session-report.ts';

export interface EigencommBoardOptions {
  readonly clock: Clock;
  readonly identity: BoardIdentity;
  /** Of the generator that drew identity and faults; it goes into every report. */
  readonly seed: number;
  readonly time?: TimeModel;
  readonly faults?: readonly BoardFault[];
  readonly onStrike?: OnStrike;
  readonly at?: Partial<AtOptions>;
  /** How long download mode waits for its first handshake; null: for ever. Default 10 000. */
  readonly lapseMs?: number | null;
  /** Number of the one interface in download mode. Default 0. */
  readonly downloadInterface?: number;
}

const apFlashBytes = 0x400000;
const cpFlashBytes = 0x100000;
const normalInterfaces: readonly number[] = [0, 1, 2, 3, 4, 5];
/** The dialogue's one comes first. */
const atInterfaces: readonly number[] = [3, 2];
const replInterface = 5;
const defaultLapseMs = 10_000;
const ids = { normal: { vendorId: 0x2c7c, productId: 0x0903 }, download: { vendorId: 0x17d1, productId: 0x0001 } } as const;

export class EigencommBoard implements SimulatedBoard {
  readonly identity: BoardIdentity;
  readonly ap: NorFlash;
  readonly cp = new NorFlash('CP', cpFlashBytes);
  private readonly options: EigencommBoardOptions;
  private readonly time: TimeModel;
  private readonly faults: FaultScript;
  /** Everything that runs only while there is power. */
  private readonly timers: TimerGroup;
  private listener: BoardListener | null = null;
  private isPowered = false;
  private hasHadPower = false;
  private strap: Strap = 'open';
  /** Of the session in download mode that is running or was the last one. */
  private log = new SessionLog();
  private agent: Agent | null = null;
  private wasResetByHost = false;
  private isHung = false;
  private present: BoardEnumeration | null = null;
  private loader: LoaderDialogue | null = null;
  private modems = new Map<number, AtModem>();

  constructor(options: EigencommBoardOptions) {
    this.options = options;
    this.identity = options.identity;
    this.time = options.time ?? realistic;
    this.faults = new FaultScript(options.faults, options.onStrike);
    this.timers = new TimerGroup(options.clock);
    this.ap = new NorFlash(
      'AP',
      apFlashBytes,
      this.faults.all('deadCell').map(({ address }) => address),
    );
    installFactoryImage(this.ap, options.identity.revisionBefore);
  }

  listen(listener: BoardListener | null): void {
    this.listener = listener;
  }

  setPower(on: boolean): void {
    if (on === this.isPowered) return;
    this.isPowered = on;
    this.stopEverything();
    if (!on) return;
    this.armTimedFaults();
    this.start(this.strap === 'open' ? 'normal' : 'download', 0);
  }

  setStrap(closed: boolean): void {
    this.strap = this.faults.onStrap(this.strap, closed);
  }

  receive(interfaceNumber: number, bytes: Uint8Array): void {
    if (this.isHung || !this.present?.interfaces.includes(interfaceNumber)) return;
    if (this.present.mode === 'download') this.loader?.receive(bytes);
    else this.modems.get(interfaceNumber)?.receive(bytes);
    if (this.present?.mode === 'normal' && interfaceNumber === replInterface) this.answerRepl(bytes);
  }

  condition(): BoardCondition {
    return conditionOf(this.facts());
  }

  report(): BoardReport {
    return reportOf(this.facts());
  }

  private facts(): ReportFacts {
    const { identity, ap, cp, log, agent, options } = this;
    return { identity, seed: options.seed, ap, cp, log, agent, boot: this.boot() };
  }

  // Starting: power-on, reset, lapse.

  private start(mode: DeviceMode, delayMs: number): void {
    this.stopEverything();
    const startUpMs = mode === 'download' ? this.time.enumerationMs : this.time.bootMs;
    if (mode === 'normal' && !this.boot().boots) return;
    this.timers.afterOrNow(delayMs + startUpMs, () => (mode === 'download' ? this.enterRom() : this.enterFirmware()));
  }

  /** The chip starts again by itself, with the strap as it is now. */
  private restart(delayMs: number): void {
    this.start(this.strap === 'open' ? 'normal' : 'download', delayMs);
  }

  private boot(): BootResult {
    if (this.log.destroyed) return { boots: false, problem: 'fuses were burned' };
    if (this.wasResetByHost && this.faults.has('doesNotBoot')) return { boots: false, problem: 'scripted fault' };
    return readBoot(this.ap);
  }

  private enterRom(): void {
    const { destroyed } = this.log;
    this.log = new SessionLog();
    this.log.destroyed = destroyed;
    this.agent = null;
    const rom = new MaskRom(this.log);
    this.loader = this.dialogueWith('rom', rom);
    this.enumerate('download', [this.options.downloadInterface ?? 0], this.options.downloadInterface ?? 0);
    const lapseMs = this.options.lapseMs === undefined ? defaultLapseMs : this.options.lapseMs;
    if (lapseMs === null) return;
    this.timers.after(lapseMs, () => {
      if (!rom.wasGreeted && !this.isHung) this.restart(0);
    });
  }

  private startAgent(): void {
    this.loader = null;
    this.timers.afterOrNow(this.time.loaderStartMs, () => {
      const options: AgentOptions = {
        clock: this.options.clock,
        time: this.time,
        ap: this.ap,
        cp: this.cp,
        log: this.log,
        reportStatus: (status) => this.faults.onStatus(status),
      };
      this.agent = new Agent(options);
      this.loader = this.dialogueWith('agent', this.agent);
    });
  }

  private dialogueWith(stage: 'rom' | 'agent', handler: MaskRom | Agent): LoaderDialogue {
    return new LoaderDialogue({
      stage,
      handler,
      log: this.log,
      faults: this.faults,
      timers: this.timers,
      clock: this.options.clock,
      turnaroundMs: this.time.turnaroundMs,
      partialFrameMs: this.time.partialFrameMs,
      send: (bytes) => this.send(this.options.downloadInterface ?? 0, bytes),
      onStartAgent: () => this.startAgent(),
      onReset: () => this.timers.afterOrNow(this.time.resetMs, () => this.reset()),
      onPull: () => this.listener?.onPull(),
      onStall: () => this.hang(),
      onStopReading: () => this.listener?.onReading(false),
    });
  }

  private reset(): void {
    this.wasResetByHost = true;
    this.listener?.onReset();
    this.stopEverything();
    const lateMs = this.faults.onReset();
    if (lateMs !== null) this.restart(lateMs);
  }

  private enterFirmware(): void {
    const boot = this.boot();
    this.enumerate('normal', normalInterfaces, atInterfaces[0] ?? 0);
    this.timers.afterOrNow(this.time.atReadyMs, () => {
      const revision = boot.boots ? boot.revision : null;
      for (const number of atInterfaces) this.modems.set(number, this.modemOn(number, revision));
    });
  }

  private modemOn(interfaceNumber: number, revision: string | null): AtModem {
    const { model, imei, sn } = this.identity;
    return new AtModem({
      facts: { model, imei, sn, revision },
      options: { ...defaultAtOptions, ...this.options.at },
      timers: this.timers,
      send: (bytes) => this.send(interfaceNumber, bytes),
      enterDownload: () => this.timers.afterOrNow(this.time.resetMs, () => this.start('download', 0)),
    });
  }

  private answerRepl(bytes: Uint8Array): void {
    if (this.options.at?.repl === 'busy' || !bytes.includes(0x0d) || this.modems.size === 0) return;
    this.send(replInterface, new TextEncoder().encode('\r\n>>> '));
  }

  // What runs ends.

  private stopEverything(): void {
    this.timers.cancelAll();
    this.agent?.stop();
    this.loader = null;
    this.modems = new Map();
    this.isHung = false;
    if (!this.present) return;
    this.present = null;
    this.listener?.onEnumerate(null);
  }

  /** On the bus, but dead: only a loss of power ends it. */
  private hang(): void {
    this.timers.cancelAll();
    this.agent?.stop();
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

  private enumerate(mode: DeviceMode, interfaces: readonly number[], dialogueInterface: number): void {
    const wrong = this.faults.onEnumerate(mode);
    const { vendorId, productId } = wrong ?? ids[mode];
    this.present = { mode, vendorId, productId, serialNumber: mode === 'normal' ? '0000' : null, interfaces, dialogueInterface };
    this.listener?.onEnumerate(this.present);
  }

  private send(interfaceNumber: number, bytes: Uint8Array): void {
    if (bytes.length > 0) this.listener?.onSend(interfaceNumber, bytes);
  }
}
