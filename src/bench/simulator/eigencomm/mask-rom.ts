// The mask ROM (DLBOOT): takes the agentboot's head and bytes and starts it when they match. Knows no flash.
// Source: eigencomm.md §4 to §8, §13 steps 1 to 3.

import type { SessionLog } from '../session-log.ts';
import { type Answer, replies, say, silence } from './answer.ts';
import type { Incoming, RequestFrame } from './frame-reader.ts';
import { headBytes, type ImageHead, parseHead, sha256 } from './image-head.ts';
import { isRefusal, PackageTransfer } from './package-transfer.ts';
import { dataCommands, errorCodes, imageIds, syncEcho, u32At, u32Bytes } from './wire.ts';

const romVersion = Uint8Array.of(0x00, 0x00, 0x00, 0x02, 0x01, 0x00, 0x00, 0x00, 0x02, 0x26, 0x21, 0x20);
const romGrantBytes = 0x400;
const { ack, nak } = replies('rom');

export class MaskRom {
  private readonly log: SessionLog;
  private readonly transfer = new PackageTransfer(romGrantBytes);
  /** The accepted head of the agentboot; null while one is awaited. */
  private head: ImageHead | null = null;
  private isSynced = false;

  /** The first sync has come: download mode does not lapse any more. */
  get wasGreeted(): boolean {
    return this.isSynced;
  }

  constructor(log: SessionLog) {
    this.log = log;
  }

  handle(message: Incoming): Answer {
    switch (message.kind) {
      case 'sync':
        return this.handleSync(message.stage === 'DLBOOT');
      case 'bad':
        this.log.violation(`DLBOOT: ${message.reason}`);
        return nak(message, message.errorCode);
      case 'frame':
        return this.handleFrame(message);
    }
  }

  /** A foreign pair is not answered: only the agent has a reset word. */
  private handleSync(isOwn: boolean): Answer {
    if (!isOwn) return silence;
    this.isSynced = true;
    this.transfer.abandon();
    return say(syncEcho('DLBOOT'));
  }

  private handleFrame(request: RequestFrame): Answer {
    if (!this.isSynced) {
      this.log.violation('DLBOOT: a command before the sync');
      return silence;
    }
    switch (request.command) {
      case dataCommands.GET_VERSION:
        return ack(request, romVersion);
      case dataCommands.SEL_IMAGE:
        return ack(request, u32Bytes(this.head ? imageIds.BL : imageIds.IMGH));
      case dataCommands.VERIFY_IMAGE:
        return ack(request);
      case dataCommands.DATA_HEAD:
        return this.handleDataHead(request);
      case dataCommands.DOWNLOAD_DATA: {
        const refusal = this.transfer.block(request.index, request.data);
        return refusal ? this.refuse(request, refusal.errorCode, refusal.reason) : ack(request);
      }
      case dataCommands.DONE:
        return this.handleDone(request);
      default:
        return this.refuse(request, errorCodes.unknownCommand, `unknown command ${request.command}`);
    }
  }

  private handleDataHead(request: RequestFrame): Answer {
    if (request.data.length !== 4) return this.refuse(request, errorCodes.badArgument, 'DATA_HEAD without a u32');
    const expected = this.head?.imageSize ?? headBytes;
    const granted = this.transfer.dataHead(u32At(request.data, 0), (total) =>
      total === expected ? null : `${total} bytes in place of ${expected}`,
    );
    return isRefusal(granted) ? this.refuse(request, granted.errorCode, granted.reason) : ack(request, u32Bytes(granted));
  }

  private handleDone(request: RequestFrame): Answer {
    const bytes = this.transfer.done();
    if (isRefusal(bytes)) return this.refuse(request, bytes.errorCode, bytes.reason);
    return this.head ? this.startAgent(request, this.head, bytes) : this.acceptHead(request, parseHead(bytes));
  }

  private acceptHead(request: RequestFrame, head: ImageHead): Answer {
    if (!head.hasMagic || !head.hashHolds)
      return this.refuse(request, errorCodes.badFrame, 'an agentboot head with a wrong magic or hash');
    if (head.imageId !== imageIds.BL)
      return this.refuse(request, errorCodes.badImageId, 'an agentboot head with a wrong image id');
    if (head.imageSize === 0) return this.refuse(request, errorCodes.size, 'an agentboot head of no bytes');
    this.head = head;
    return ack(request);
  }

  private startAgent(request: RequestFrame, head: ImageHead, agentboot: Uint8Array): Answer {
    this.head = null;
    if (sha256(agentboot) !== head.imageSha256) {
      return this.refuse(request, errorCodes.verifyMismatch, 'an agentboot that does not match its head');
    }
    return { ...ack(request), next: 'startAgent' };
  }

  private refuse(request: RequestFrame, errorCode: number, reason: string): Answer {
    this.log.violation(`DLBOOT: ${reason}`);
    return nak(request, errorCode);
  }
}
