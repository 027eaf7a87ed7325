// The agentboot: LPC for control, AGBOOT for data, the states between them. Knows no USB and no boot.
// Source: eigencomm.md §4 "How the agent sees it", §5 to §7, §13, §14.
import type { Clock, Timer } from '../../clock.ts';
import { type Answer, replies, say, silence } from './answer.ts';
import { eraseFlash, type FlashParts, forbidden, readMemory, refuse } from './control-commands.ts';
import type { Incoming, RequestFrame } from './frame-reader.ts';
import { type BurnedImage, ImageBurn, type ImageName } from './image-burn.ts';
import { isRefusal, PackageTransfer } from './package-transfer.ts';
import {
  burnStatus,
  controlCommands,
  dataCommands,
  errorCodes,
  imageIds,
  resetWord,
  type Stage,
  syncEcho,
  u32At,
  u32Bytes,
} from './wire.ts';

export interface AgentOptions extends FlashParts {
  readonly clock: Clock;
  /** What GET_BURN_STATUS says for a true status: the place where a fault lies. */
  readonly reportStatus: (status: number) => number;
}

/**
 * `idle`: LPC. `presync`: BURN_ONE acknowledged, the next AGBOOT pair is swallowed. `awaitingSync`: it was, the next is echoed.
 * `downloading`: AGBOOT until the image is over.
 */
type State = 'idle' | 'presync' | 'awaitingSync' | 'downloading';

/** The reference says that a time-out is a miss, not how long it is. */
const presyncMissMs = 1_000;
const presyncMisses = 4;
const agentGrantBytes = 0x4000;
const agentVersion = Uint8Array.of(0x01, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x11, 0x26, 0x21, 0x20);
const farewell = new TextEncoder().encode('ZzZzZzZz');
const cpFlashMarker = 0xe101;
const { ack, nak } = replies('agent');

export class Agent {
  private readonly options: AgentOptions;
  private readonly transfer = new PackageTransfer(agentGrantBytes);
  private state: State = 'idle';
  private burn: ImageBurn | null = null;
  private isSyncedForPackage = false;
  private misses = 0;
  private missTimer: Timer | null = null;
  private readonly burnedImages: BurnedImage[] = [];
  private failedBurns = 0;

  constructor(options: AgentOptions) {
    this.options = options;
  }

  /** Complete images with a good status, in order. */
  get burned(): readonly BurnedImage[] {
    return this.burnedImages;
  }

  /** An image has failed, or one is on its way. */
  get hasUnfinishedImage(): boolean {
    return this.failedBurns > 0 || (this.burn !== null && !this.burn.isOver);
  }

  /** The power goes, or the module resets. */
  stop(): void {
    this.missTimer?.cancel();
    this.missTimer = null;
  }

  handle(message: Incoming): Answer {
    switch (message.kind) {
      case 'sync':
        return this.handleSync(message.stage);
      case 'bad':
        this.options.log.violation(`agent: ${message.reason}`);
        return this.state === 'presync' ? this.miss() : nak(message, message.errorCode);
      case 'frame':
        return message.framing === 'data' ? this.handleData(message) : this.handleControl(message);
    }
  }

  private handleSync(stage: Stage): Answer {
    switch (stage) {
      case 'DLBOOT':
        this.breakOffBeforeDownload();
        return this.unacceptable('ROM sync to a running agent');
      case 'LPC':
        this.breakOffBeforeDownload();
        return this.state === 'idle' ? say(syncEcho('LPC')) : this.unacceptable('LPC sync in the middle of an image');
      case 'AGBOOT':
        return this.handleAgbootSync();
    }
  }

  private handleAgbootSync(): Answer {
    switch (this.state) {
      case 'idle':
        return this.unacceptable('AGBOOT sync without BURN_ONE');
      case 'presync':
        this.stop();
        this.state = 'awaitingSync';
        return silence;
      case 'awaitingSync':
      case 'downloading':
        if (this.transfer.isOpen) return this.unacceptable('AGBOOT sync between DATA_HEAD and DONE');
        this.state = 'downloading';
        this.isSyncedForPackage = true;
        return say(syncEcho('AGBOOT'));
    }
  }

  private unacceptable(what: string): Answer {
    this.options.log.violation(what);
    return say(resetWord);
  }

  /** BURN_ONE was acknowledged and nothing has come yet: an LPC or ROM pair ends it. */
  private breakOffBeforeDownload(): void {
    if (this.state === 'presync' || this.state === 'awaitingSync') this.endBurn(burnStatus.brokenOff);
  }

  private handleData(request: RequestFrame): Answer {
    if (this.state === 'presync') return this.miss();
    if (this.state !== 'downloading' || !this.burn) {
      return refuse(this.options.log, request, errorCodes.badFrame, 'a data command outside a download');
    }
    if (!this.isSyncedForPackage) {
      this.options.log.violation('AGBOOT: a package without its sync');
      this.isSyncedForPackage = true;
    }
    return this.handleDownload(request, this.burn);
  }

  private handleDownload(request: RequestFrame, burn: ImageBurn): Answer {
    const { log } = this.options;
    switch (request.command) {
      case dataCommands.GET_VERSION:
        return ack(request, agentVersion);
      case dataCommands.SEL_IMAGE:
        return ack(request, u32Bytes(burn.awaitsHead ? imageIds.IMGH : burn.imageId));
      case dataCommands.VERIFY_IMAGE:
        return ack(request);
      case dataCommands.DATA_HEAD: {
        if (request.data.length !== 4) return refuse(log, request, errorCodes.badArgument, 'DATA_HEAD without a u32');
        const granted = this.transfer.dataHead(u32At(request.data, 0), (total) => burn.sizeProblem(total));
        this.leaveWhenOver(burn);
        return isRefusal(granted) ? refuse(log, request, granted.errorCode, granted.reason) : ack(request, u32Bytes(granted));
      }
      case dataCommands.DOWNLOAD_DATA: {
        const refusal = this.transfer.block(request.index, request.data);
        return refusal ? refuse(log, request, refusal.errorCode, refusal.reason) : ack(request);
      }
      case dataCommands.DONE:
        return this.handleDone(request, burn);
      default:
        return refuse(log, request, errorCodes.unknownCommand, `unknown command ${request.command}`);
    }
  }

  /** A head or chunk that the flash refuses is acknowledged all the same: GET_BURN_STATUS tells. */
  private handleDone(request: RequestFrame, burn: ImageBurn): Answer {
    const bytes = this.transfer.done();
    if (isRefusal(bytes)) return refuse(this.options.log, request, bytes.errorCode, bytes.reason);
    const workMs = burn.take(bytes);
    this.isSyncedForPackage = false;
    this.leaveWhenOver(burn);
    return ack(request, undefined, workMs);
  }

  private handleControl(request: RequestFrame): Answer {
    const isBurnOne = request.command === controlCommands.BURN_ONE || request.command === controlCommands.BURN_ONE_ALIAS;
    if (this.state === 'presync' && !isBurnOne) return this.miss();
    if (this.state === 'idle' || this.state === 'presync') return this.handleIdleControl(request);
    if (request.command === controlCommands.GET_BURN_STATUS && !this.transfer.isOpen) {
      this.options.log.violation('LPC: GET_BURN_STATUS before the image is complete');
      return this.status(request);
    }
    return refuse(this.options.log, request, errorCodes.badFrame, 'a control command in the middle of an image');
  }

  private handleIdleControl(request: RequestFrame): Answer {
    switch (request.command) {
      case controlCommands.FLASH_ERASE:
        return eraseFlash(this.options, request);
      case controlCommands.READ_MEM:
        return readMemory(this.options, request);
      case controlCommands.BURN_ONE:
      case controlCommands.BURN_ONE_ALIAS:
        return this.burnOne(request);
      case controlCommands.GET_BURN_STATUS:
        return this.status(request);
      case controlCommands.SYS_RST:
        return { ...ack(request, farewell), next: 'reset' };
      default:
        return forbidden(this.options.log, request);
    }
  }

  private status(request: RequestFrame): Answer {
    return ack(request, u32Bytes(this.options.reportStatus(this.burn?.status ?? burnStatus.unfinished)));
  }

  private burnOne(request: RequestFrame): Answer {
    const { log, ap, cp, time } = this.options;
    const { data } = request;
    const hasMarker = data.length === 6 && ((data[4] ?? 0) | ((data[5] ?? 0) << 8)) === cpFlashMarker;
    if (data.length !== 4 && !hasMarker) return refuse(log, request, errorCodes.badArgument, 'BURN_ONE with wrong arguments');
    const name = imageName(u32At(data, 0));
    if (!name) return refuse(log, request, errorCodes.badImageId, 'BURN_ONE of an unknown image');
    if (hasMarker && name !== 'CP') return refuse(log, request, errorCodes.badArgument, `BURN_ONE of ${name} into CP flash`);
    if (name === 'CP' && !hasMarker) log.violation('LPC: BURN_ONE of CP without the marker goes to AP flash');
    if (request.command === controlCommands.BURN_ONE_ALIAS) log.violation('LPC: BURN_ONE by its second code');
    if (this.burn && !this.burn.isOver) this.failedBurns += 1;
    this.burn = new ImageBurn({ name, intoCpFlash: hasMarker, ap, cp, time, log });
    this.transfer.abandon();
    this.state = 'presync';
    this.misses = 0;
    this.waitForPresync();
    return ack(request);
  }

  private waitForPresync(): void {
    this.stop();
    this.missTimer = this.options.clock.after(presyncMissMs, () => this.miss());
  }

  private miss(): Answer {
    this.misses += 1;
    if (this.misses < presyncMisses) {
      this.waitForPresync();
      return silence;
    }
    this.options.log.violation('no AGBOOT sync after BURN_ONE');
    this.endBurn(errorCodes.noSyncAfterBurnOne);
    return silence;
  }

  private endBurn(status: number): void {
    this.burn?.fail(status);
    if (this.burn) this.leaveWhenOver(this.burn);
  }

  /** The image is complete or has failed: the agent is back in LPC. */
  private leaveWhenOver(burn: ImageBurn): void {
    if (!burn.isOver) return;
    this.stop();
    this.transfer.abandon();
    this.state = 'idle';
    const image = burn.burned();
    if (image) this.burnedImages.push(image);
    if (burn.status !== burnStatus.ok) this.failedBurns += 1;
  }
}

const imageNames: readonly ImageName[] = ['BL', 'AP', 'CP', 'FLEX'];

const imageName = (id: number): ImageName | undefined => imageNames.find((name) => imageIds[name] === id);
