// The device's side of the usbredir protocol on one socket: QEMU's usb-redir asks, a function behind it answers. Knows no board.
// Layouts: usbredir protocol 0.13, without the capabilities bulk_streams, 64bits_ids and bulk_receiving, so ids have 32 bits and ep_info
// exactly 160 bytes (QEMU 7.2 aborts on any other length); with 32bits_bulk_length, so bulk headers have 10 (QEMU aborts on a transfer of
// 64 KiB without it).
import type { Socket } from 'node:net';

export interface UsbDescriptors {
  readonly vendorId: number;
  readonly productId: number;
  readonly device: Uint8Array;
  readonly configuration: Uint8Array;
  /** By index; index 0 (languages) is made here. */
  readonly strings: readonly string[];
  readonly interfaces: readonly {
    readonly number: number;
    readonly classCode: number;
    readonly subclass: number;
    readonly protocol: number;
  }[];
  readonly endpoints: readonly {
    readonly address: number;
    readonly type: 'bulk' | 'interrupt';
    readonly interface: number;
    readonly interval: number;
  }[];
}

/** What the device does with the host's bytes. */
export interface UsbFunction {
  readonly descriptors: UsbDescriptors;
  /** Bytes on a bulk OUT endpoint. `taken` is called when the device has taken them; until then the host waits. */
  onBulkOut(endpoint: number, bytes: Uint8Array, taken: () => void): void;
}

const type = {
  hello: 0,
  deviceConnect: 1,
  deviceDisconnect: 2,
  reset: 3,
  interfaceInfo: 4,
  epInfo: 5,
  setConfiguration: 6,
  getConfiguration: 7,
  configurationStatus: 8,
  setAltSetting: 9,
  getAltSetting: 10,
  altSettingStatus: 11,
  startInterruptReceiving: 15,
  stopInterruptReceiving: 16,
  interruptReceivingStatus: 17,
  cancelDataPacket: 21,
  controlPacket: 100,
  bulkPacket: 101,
  interruptPacket: 103,
} as const;

const status = { success: 0, cancelled: 1, stall: 4 } as const;
/** connect_device_version, ep_info_max_packet_size, 32bits_bulk_length. */
const capabilities = (1 << 1) | (1 << 4) | (1 << 6);
const bulkHeaderBytes = 10;
const fullSpeed = 1;
const packetBytes = 64;
/** What a closed tty leaves in the device's FIFO; more is lost, as in a module. */
const fifoBytes = 16_384;

interface WaitingIn {
  readonly id: number;
  readonly endpoint: number;
  readonly length: number;
}

export class UsbRedirPort {
  readonly #socket: Socket;
  #input = Buffer.alloc(0);
  #isGreeted = false;
  #present: UsbFunction | null = null;
  /** A function to show as soon as QEMU has said hello. */
  #wanted: UsbFunction | null = null;
  #configuration = 0;
  #waiting: WaitingIn[] = [];
  #toHost = new Map<number, Buffer>();
  /** When the host wrote its first byte to the device that is present; for the table of times. */
  firstByteAtMs: number | null = null;
  connectedAtMs: number | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => {
      this.#input = Buffer.concat([this.#input, bytes]);
      this.#takePackets();
    });
    socket.on('error', () => undefined);
    const hello = Buffer.alloc(68);
    hello.write('flashrack usb bench', 0, 'latin1');
    hello.writeUInt32LE(capabilities, 64);
    this.#send(type.hello, 0, hello);
  }

  /** Shows a device; there must be none now. */
  connect(shown: UsbFunction): void {
    this.#wanted = shown;
    if (this.#isGreeted) this.#announce(shown);
  }

  disconnect(): void {
    const wasThere = this.#present !== null;
    this.#wanted = null;
    this.#present = null;
    this.#waiting = [];
    this.#toHost.clear();
    if (wasThere) this.#send(type.deviceDisconnect, 0, Buffer.alloc(0));
  }

  /** Bytes for the host on a bulk IN endpoint; they wait until it asks. */
  sendIn(endpoint: number, bytes: Uint8Array): void {
    if (this.#present === null) return;
    const before = this.#toHost.get(endpoint) ?? Buffer.alloc(0);
    if (before.length + bytes.length <= fifoBytes) this.#toHost.set(endpoint, Buffer.concat([before, bytes]));
    this.#answerWaiting(endpoint);
  }

  /** Bytes that the host has not asked for yet. */
  unsent(endpoint: number): number {
    return this.#toHost.get(endpoint)?.length ?? 0;
  }

  #announce(shown: UsbFunction): void {
    this.#present = shown;
    this.#configuration = 0;
    this.#toHost.clear();
    this.firstByteAtMs = null;
    this.connectedAtMs = performance.now();
    const { descriptors } = shown;
    this.#send(type.epInfo, 0, epInfo(descriptors));
    this.#send(type.interfaceInfo, 0, interfaceInfo(descriptors));
    const connect = Buffer.alloc(10);
    connect.writeUInt8(fullSpeed, 0);
    connect.writeUInt16LE(descriptors.vendorId, 4);
    connect.writeUInt16LE(descriptors.productId, 6);
    connect.writeUInt16LE(0x0100, 8);
    this.#send(type.deviceConnect, 0, connect);
  }

  #takePackets(): void {
    while (this.#input.length >= 12) {
      const length = this.#input.readUInt32LE(4);
      if (this.#input.length < 12 + length) return;
      const body = this.#input.subarray(12, 12 + length);
      const [kind, id] = [this.#input.readUInt32LE(0), this.#input.readUInt32LE(8)];
      this.#input = this.#input.subarray(12 + length);
      this.#onPacket(kind, id, body);
    }
  }

  #onPacket(kind: number, id: number, body: Buffer): void {
    switch (kind) {
      case type.hello:
        this.#isGreeted = true;
        if (this.#wanted !== null) this.#announce(this.#wanted);
        break;
      case type.setConfiguration:
        this.#configuration = body.readUInt8(0);
        this.#send(type.configurationStatus, id, Buffer.from([status.success, this.#configuration]));
        break;
      case type.getConfiguration:
        this.#send(type.configurationStatus, id, Buffer.from([status.success, this.#configuration]));
        break;
      case type.setAltSetting:
        this.#send(type.altSettingStatus, id, Buffer.from([status.success, body.readUInt8(0), body.readUInt8(1)]));
        break;
      case type.getAltSetting:
        this.#send(type.altSettingStatus, id, Buffer.from([status.success, body.readUInt8(0), 0]));
        break;
      case type.startInterruptReceiving:
      case type.stopInterruptReceiving:
        this.#send(type.interruptReceivingStatus, id, Buffer.from([status.success, body.readUInt8(0)]));
        break;
      case type.cancelDataPacket:
        this.#cancel(id);
        break;
      case type.controlPacket:
        this.#onControl(id, body);
        break;
      case type.bulkPacket:
        this.#onBulk(id, body);
        break;
      default:
        break;
    }
  }

  #onBulk(id: number, body: Buffer): void {
    const endpoint = body.readUInt8(0);
    const length = body.readUInt16LE(2) + 0x10000 * body.readUInt16LE(8);
    if ((endpoint & 0x80) !== 0) {
      this.#waiting.push({ id, endpoint, length });
      this.#answerWaiting(endpoint);
      return;
    }
    const shown = this.#present;
    this.firstByteAtMs ??= performance.now();
    shown?.onBulkOut(endpoint, body.subarray(bulkHeaderBytes), () => {
      if (this.#present === shown) this.#sendBulk(id, endpoint, status.success, length, Buffer.alloc(0));
    });
  }

  #answerWaiting(endpoint: number): void {
    for (;;) {
      const bytes = this.#toHost.get(endpoint) ?? Buffer.alloc(0);
      const asked = this.#waiting.find((waiting) => waiting.endpoint === endpoint);
      if (asked === undefined || bytes.length === 0) return;
      this.#waiting = this.#waiting.filter((waiting) => waiting !== asked);
      const piece = bytes.subarray(0, asked.length);
      this.#toHost.set(endpoint, bytes.subarray(piece.length));
      this.#sendBulk(asked.id, endpoint, status.success, piece.length, piece);
    }
  }

  #cancel(id: number): void {
    const cancelled = this.#waiting.find((waiting) => waiting.id === id);
    this.#waiting = this.#waiting.filter((waiting) => waiting.id !== id);
    if (cancelled !== undefined) this.#sendBulk(id, cancelled.endpoint, status.cancelled, 0, Buffer.alloc(0));
  }

  #sendBulk(id: number, endpoint: number, result: number, length: number, bytes: Buffer): void {
    const header = Buffer.alloc(bulkHeaderBytes);
    header.writeUInt8(endpoint, 0);
    header.writeUInt8(result, 1);
    header.writeUInt16LE(length & 0xffff, 2);
    header.writeUInt16LE(length >>> 16, 8);
    this.#send(type.bulkPacket, id, Buffer.concat([header, bytes]));
  }

  #onControl(id: number, body: Buffer): void {
    const [endpoint, request, requestType] = [body.readUInt8(0), body.readUInt8(1), body.readUInt8(2)];
    const [value, index, length] = [body.readUInt16LE(4), body.readUInt16LE(6), body.readUInt16LE(8)];
    const isIn = (requestType & 0x80) !== 0;
    const answer = isIn ? this.#answerTo(request, requestType, value) : Buffer.alloc(0);
    const header = Buffer.alloc(10);
    header.writeUInt8(endpoint, 0);
    header.writeUInt8(request, 1);
    header.writeUInt8(requestType, 2);
    header.writeUInt8(answer === null ? status.stall : status.success, 3);
    header.writeUInt16LE(value, 4);
    header.writeUInt16LE(index, 6);
    const data = (answer ?? Buffer.alloc(0)).subarray(0, length);
    header.writeUInt16LE(isIn ? data.length : length, 8);
    this.#send(type.controlPacket, id, isIn ? Buffer.concat([header, data]) : header);
  }

  /** Null stalls, as a device does with what it does not know. */
  #answerTo(request: number, requestType: number, value: number): Buffer | null {
    const descriptors = this.#present?.descriptors;
    if (descriptors === undefined) return null;
    const getDescriptor = 6;
    const getStatus = 0;
    const getLineCoding = 0x21;
    if (requestType === 0x80 && request === getDescriptor) return descriptorOf(descriptors, value >> 8, value & 0xff);
    if (request === getStatus) return Buffer.from([0, 0]);
    if (requestType === 0xa1 && request === getLineCoding) return Buffer.from([0x00, 0xc2, 0x01, 0x00, 0, 0, 8]);
    return null;
  }

  #send(kind: number, id: number, body: Buffer): void {
    const header = Buffer.alloc(12);
    header.writeUInt32LE(kind, 0);
    header.writeUInt32LE(body.length, 4);
    header.writeUInt32LE(id, 8);
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat([header, body]));
  }
}

function descriptorOf({ device, configuration, strings }: UsbDescriptors, kind: number, index: number): Buffer | null {
  switch (kind) {
    case 1:
      return Buffer.from(device);
    case 2:
      return Buffer.from(configuration);
    case 3: {
      if (index === 0) return Buffer.from([4, 3, 0x09, 0x04]);
      const text = strings[index];
      if (text === undefined) return null;
      const utf16 = Buffer.from(text, 'utf16le');
      return Buffer.concat([Buffer.from([2 + utf16.length, 3]), utf16]);
    }
    default:
      return null;
  }
}

function interfaceInfo({ interfaces }: UsbDescriptors): Buffer {
  const info = Buffer.alloc(4 + 4 * 32);
  info.writeUInt32LE(interfaces.length, 0);
  for (const [index, { number, classCode, subclass, protocol }] of interfaces.entries()) {
    for (const [field, value] of [number, classCode, subclass, protocol].entries())
      info.writeUInt8(value, 4 + 32 * field + index);
  }
  return info;
}

function epInfo({ endpoints }: UsbDescriptors): Buffer {
  const info = Buffer.alloc(160);
  info.fill(0xff, 0, 32);
  const put = (address: number, kind: number, interval: number, interfaceNumber: number): void => {
    const slot = ((address & 0x80) >> 3) | (address & 0x0f);
    info.writeUInt8(kind, slot);
    info.writeUInt8(interval, 32 + slot);
    info.writeUInt8(interfaceNumber, 64 + slot);
    info.writeUInt16LE(packetBytes, 96 + 2 * slot);
  };
  for (const address of [0x00, 0x80]) put(address, 0, 0, 0);
  for (const one of endpoints) put(one.address, one.type === 'bulk' ? 2 : 3, one.interval, one.interface);
  return info;
}
