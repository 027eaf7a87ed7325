// An EC200U, EC600U (8910), EC600G or EC800G (8850) board: power, strap, boot, USB modes, and which stage hears the host now.
// Knows no rack and no serial path. Source: unisoc.md §2, §9, §10.
import type { DeviceMode } from '../../../domain/platform.ts';
import { AtModem, defaultAtOptions } from '../at-modem.ts';
import type { BoardCondition, BoardEnumeration, BoardIdentity, BoardListener, SimulatedBoard } from '../board.ts';
import { FaultScript, type Strap } from '../faults.ts';
import { createRandom } from '../random.ts';
import { SessionLog } from '../session-log.ts';
import { realistic, type TimeModel } from '../time-model.ts';
import { TimerGroup } from '../timer-group.ts';
import type { UnisocBoardOptions } from './board-options.ts';
import { type BootResult, hasBootImage, readBoot } from './boot.ts';
import { type Chip, chipOf } from './chips.ts';
import { decodeImei } from './imei-item.ts';
import { LoaderDialogue } from './loader-dialogue.ts';
import { namesModel } from './loader-models.ts';
import { ModuleStorage } from './module-storage.ts';
import type { NvItem } from './nv-blob.ts';
import { firstImeiItem, readNvItem, readNvItems, removeNvItem, writeNvItem } from './nv-store.ts';
import { PdlRom } from './pdl-rom.ts';
import { conditionOf, type ReportFacts, reportOf, type UnisocReport } from './session-report.ts';
import type { LoaderStage, Next } from './stage.ts';
import { bslRomStage, fdl1Stage, flashLoaderStage } from './stages.ts';

const defaultLapseMs = 10_000;
const imeiQueries = ['AT+CGSN', 'AT+GSN', 'AT+CGSN=1', 'AT+QGSN', 'AT+EGMR=0,7'];

export class UnisocBoard implements SimulatedBoard {
  readonly identity: BoardIdentity;
  readonly storage: ModuleStorage;
  private readonly options: UnisocBoardOptions;
  private readonly chip: Chip;
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
  private nvBefore: readonly NvItem[];
  private wasResetByHost = false;
  private wasGreeted = false;
  private isHung = false;
  private present: BoardEnumeration | null = null;
  private loader: LoaderDialogue | null = null;
  private modem: AtModem | null = null;

  constructor(options: UnisocBoardOptions) {
    this.options = options;
    this.identity = options.identity;
    this.chip = chipOf(options.identity.model);
    this.time = options.time ?? realistic;
    this.faults = new FaultScript(options.faults, options.onStrike);
    this.timers = new TimerGroup(options.clock);
    this.storage = new ModuleStorage({
      chip: this.chip,
      identity: options.identity,
      random: createRandom(options.seed).fork(`nv of ${options.identity.imei}`),
      deadCells: this.faults.all('deadCell').map(({ address }) => address),
      damaged: options.damagedFileSystems ?? [],
    });
    if (options.nv === 'missingImei') removeNvItem(this.storage.fileSystems, firstImeiItem);
    if (options.nv === 'blankImei')
      writeNvItem(this.storage.fileSystems, { id: firstImeiItem, data: new Uint8Array(8).fill(0xff) });
    this.nvBefore = readNvItems(this.storage.fileSystems);
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
    this.restart(0);
  }

  setStrap(closed: boolean): void {
    this.strap = this.faults.onStrap(this.strap, closed);
  }

  receive(interfaceNumber: number, bytes: Uint8Array): void {
    if (this.isHung || !this.present?.interfaces.includes(interfaceNumber)) return;
    if (this.present.mode === 'download') this.loader?.receive(bytes);
    else if (interfaceNumber === this.chip.atInterface) this.modem?.receive(bytes);
    else if (interfaceNumber === this.chip.replInterface) this.answerRepl(bytes);
  }

  condition(): BoardCondition {
    return conditionOf(this.facts());
  }

  report(): UnisocReport {
    return reportOf(this.facts());
  }

  private facts(): ReportFacts {
    const { identity, storage, log, nvBefore, options } = this;
    return { identity, seed: options.seed, storage, log, nvBefore, boot: this.boot() };
  }

  // Starting: power-on, reset, lapse.

  private start(mode: DeviceMode, delayMs: number): void {
    this.stopEverything();
    if (mode === 'normal' && !this.boot().boots) return;
    const startUpMs = mode === 'download' ? this.time.enumerationMs : this.time.bootMs;
    this.timers.afterOrNow(delayMs + startUpMs, () => (mode === 'download' ? this.enterRom() : this.enterFirmware()));
  }

  /** The chip starts again by itself, with the strap and the boot image as they are now. */
  private restart(delayMs: number): void {
    const needsDownload = this.chip.downloadsWithoutBootImage && !hasBootImage(this.storage);
    this.start(this.strap === 'open' && !needsDownload ? 'normal' : 'download', delayMs);
  }

  private boot(): BootResult {
    if (this.wasResetByHost && this.faults.has('doesNotBoot')) return { boots: false, problem: 'scripted fault' };
    return readBoot(this.storage);
  }

  private enterRom(): void {
    const { chip, options } = this;
    this.log = new SessionLog();
    this.nvBefore = readNvItems(this.storage.fileSystems);
    this.wasGreeted = false;
    let isBuiltForModel = true;
    const rom =
      chip.name === '8910'
        ? new PdlRom(this.log)
        : bslRomStage(this.log, options.romFlags ?? 3, (loader) => {
            isBuiltForModel = namesModel(loader, this.identity);
          });
    this.run(rom, () => {
      if (chip.name === '8910') this.runLater(() => this.run(fdl1Stage(this.log), (exec) => this.startFdl2(exec)));
      else this.startNorFdl(() => isBuiltForModel);
    });
    this.enumerate('download', [chip.downloadInterface], chip.downloadInterface);
    const lapseMs = options.lapseMs === undefined ? defaultLapseMs : options.lapseMs;
    if (lapseMs === null) return;
    this.timers.after(lapseMs, () => {
      if (!this.wasGreeted && !this.isHung) this.restart(0);
    });
  }

  /** FDL2 answers the EXEC of FDL1 with its own ACK, so a fault of that reply strikes here. */
  private startFdl2(exec: string): void {
    this.runLater(() => {
      const stage = this.flashLoader('FDL2', true);
      this.run(stage, () => undefined);
      for (const bytes of stage.greeting ? this.faults.onReply(exec, stage.greeting) : []) this.sendFromLoader(bytes);
    });
  }

  /** It deletes files before anybody has asked it anything. */
  private startNorFdl(isBuiltForModel: () => boolean): void {
    this.storage.startNorFdl();
    this.runLater(() => this.run(this.flashLoader('NORFDL', isBuiltForModel()), () => undefined));
  }

  private flashLoader(name: 'FDL2' | 'NORFDL', isBuiltForModel: boolean): LoaderStage {
    const { storage, time, log, options } = this;
    const nvTrouble = options.nv === 'badCrc' || options.nv === 'readRefused' ? options.nv : 'none';
    const isOnlyAcknowledged = (): boolean => this.faults.isOnlyAcknowledged();
    return flashLoaderStage({ name, storage, time, log, nvTrouble, isBuiltForModel, isOnlyAcknowledged });
  }

  /** What arrives while a loader starts is lost. */
  private runLater(run: () => void): void {
    this.loader = null;
    this.timers.afterOrNow(this.time.loaderStartMs, run);
  }

  private run(stage: LoaderStage, startLoader: (command: string) => void): void {
    this.loader = new LoaderDialogue({
      stage,
      log: this.log,
      faults: this.faults,
      timers: this.timers,
      turnaroundMs: this.time.turnaroundMs,
      send: (bytes) => this.sendFromLoader(bytes),
      onNext: (next, command) => this.follow(next, () => startLoader(command)),
      onPull: () => this.listener?.onPull(),
      onStall: () => this.hang(),
      onStopReading: () => this.listener?.onReading(false),
    });
  }

  private follow(next: Exclude<Next, 'nothing'>, startLoader: () => void): void {
    switch (next) {
      case 'startLoader':
        startLoader();
        break;
      case 'reset':
        this.timers.afterOrNow(this.time.resetMs, () => this.reset());
        break;
      case 'panic':
        this.hang();
        break;
      case 'powerOff':
        this.stopEverything();
        break;
    }
  }

  private sendFromLoader(bytes: Uint8Array): void {
    this.wasGreeted = true;
    this.send(this.chip.downloadInterface, bytes);
  }

  private reset(): void {
    this.wasResetByHost = true;
    this.listener?.onReset();
    this.stopEverything();
    const lateMs = this.faults.onReset();
    if (lateMs !== null) this.restart(lateMs);
  }

  private enterFirmware(): void {
    const { atInterface, replInterface } = this.chip;
    const boot = this.boot();
    this.enumerate('normal', replInterface === null ? [atInterface] : [atInterface, replInterface], atInterface);
    this.timers.afterOrNow(this.time.atReadyMs, () => {
      this.modem = this.modemWith(boot.boots ? boot.revision : null);
    });
  }

  /** The IMEI is what stands in the NV, not what the label says. */
  private modemWith(revision: string | null): AtModem {
    const { model, sn } = this.identity;
    const imei = decodeImei(readNvItem(this.storage.fileSystems, firstImeiItem));
    const errors = imei === null ? Object.fromEntries(imeiQueries.map((query) => [query, 'ERROR'])) : {};
    const { at } = this.options;
    return new AtModem({
      facts: { model, sn, revision, imei: imei ?? '' },
      options: { ...defaultAtOptions, allowsDownload: true, ...at, errors: { ...errors, ...at?.errors } },
      timers: this.timers,
      send: (bytes) => this.send(this.chip.atInterface, bytes),
      enterDownload: () => this.timers.afterOrNow(this.time.resetMs, () => this.start('download', 0)),
    });
  }

  private answerRepl(bytes: Uint8Array): void {
    if (this.options.at?.repl === 'busy' || !bytes.includes(0x0d) || !this.modem || this.chip.replInterface === null) return;
    this.send(this.chip.replInterface, new TextEncoder().encode('\r\n>>> '));
  }

  // What runs ends.

  private stopEverything(): void {
    this.timers.cancelAll();
    this.loader = null;
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

  private enumerate(mode: DeviceMode, interfaces: readonly number[], dialogueInterface: number): void {
    const wrong = this.faults.onEnumerate(mode);
    const { vendorId, productId } = wrong ?? this.chip.ids[mode];
    this.present = { mode, vendorId, productId, serialNumber: mode === 'normal' ? '0000' : null, interfaces, dialogueInterface };
    this.listener?.onEnumerate(this.present);
  }

  private send(interfaceNumber: number, bytes: Uint8Array): void {
    if (bytes.length > 0) this.listener?.onSend(interfaceNumber, bytes);
  }
}
