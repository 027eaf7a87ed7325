// A rack of simulated boards as a DeviceSource and a PowerSwitch. Knows positions (USB paths) and boards, no protocol and no slot.
import { fault } from '../../domain/failure.ts';
import type { PowerProof } from '../../domain/slot.ts';
import { type Clock, pause } from '../clock.ts';
import type { Device, DeviceEvent, DeviceSource, OpenOptions } from '../device-source.ts';
import type { PowerSwitch } from '../power-switch.ts';
import type { Transport } from '../transport.ts';
import type { BoardEnumeration, BoardListener, BoardReport, SimulatedBoard } from './board.ts';
import { SimulatedTransport } from './simulated-transport.ts';
import type { TimeModel } from './time-model.ts';
import { WireLink } from './wire-link.ts';

/** Bytes as they arrive at one end: `toBoard` at the board, `toHost` at the transport. */
export interface TappedBytes {
  readonly atMs: number;
  readonly usbPath: string;
  readonly interfaceNumber: number;
  readonly direction: 'toBoard' | 'toHost';
  readonly bytes: Uint8Array;
}

export interface VirtualRackOptions {
  readonly clock: Clock;
  readonly time: TimeModel;
  /** The positions, all empty at first. */
  readonly usbPaths: readonly string[];
  /** Whether the station can switch power (default) or a person must. */
  readonly powerSwitch?: PowerSwitch['kind'];
  readonly tap?: (entry: TappedBytes) => void;
  /** What really arrives in place of what was sent, in this order; default: the same bytes. For faults of the wire. */
  readonly disturb?: (sent: TappedBytes) => readonly Uint8Array[];
  /** Told the report of a board at each reset by the protocol. */
  readonly onReset?: (usbPath: string, report: BoardReport) => void;
}

interface Position {
  readonly usbPath: string;
  /** Another program has the nodes of whatever is here. */
  isOccupied: boolean;
  board: SimulatedBoard | null;
  powered: boolean;
  present: Present | null;
}

/** The device that is at a position now, and what is open on it by interface number. */
interface Present {
  readonly device: Device;
  readonly open: Map<number, OpenLine>;
  boardReads: boolean;
}

interface OpenLine {
  readonly transport: SimulatedTransport;
  readonly link: WireLink;
}

export class VirtualRack implements DeviceSource, PowerSwitch {
  readonly kind: PowerSwitch['kind'];
  private readonly options: VirtualRackOptions;
  private readonly positions: ReadonlyMap<string, Position>;
  private listener: ((event: DeviceEvent) => void) | null = null;
  private enumerations = 0;
  private nodes = 0;

  constructor(options: VirtualRackOptions) {
    this.options = options;
    this.kind = options.powerSwitch ?? 'command';
    this.positions = new Map(
      options.usbPaths.map((usbPath) => [usbPath, { usbPath, isOccupied: false, board: null, powered: true, present: null }]),
    );
  }

  // What a hand does.

  insert(usbPath: string, board: SimulatedBoard): void {
    const position = this.position(usbPath);
    if (position.board) throw new Error(`a board is already at ${usbPath}`);
    position.board = board;
    board.listen(this.listenerFor(position));
    board.setPower(position.powered);
  }

  /** Returns the board that was there; null for an empty position. */
  remove(usbPath: string): SimulatedBoard | null {
    const position = this.position(usbPath);
    const board = position.board;
    board?.setPower(false);
    board?.listen(null);
    position.board = null;
    return board;
  }

  board(usbPath: string): SimulatedBoard | null {
    return this.position(usbPath).board;
  }

  closeStrap(usbPath: string): void {
    this.position(usbPath).board?.setStrap(true);
  }

  openStrap(usbPath: string): void {
    this.position(usbPath).board?.setStrap(false);
  }

  setPower(usbPath: string, on: boolean): void {
    const position = this.position(usbPath);
    position.powered = on;
    position.board?.setPower(on);
  }

  /** Off, wait, on. An abort of the signal rejects with its reason, with the power back on. */
  async powerCycle(usbPath: string, signal?: AbortSignal): Promise<void> {
    this.setPower(usbPath, false);
    try {
      await pause(this.options.clock, this.options.time.powerOffMs, signal);
    } finally {
      this.setPower(usbPath, true);
    }
  }

  /** Another program takes the nodes at a position, or lets them go: `open` rejects `serial-path-busy` meanwhile. */
  occupy(usbPath: string, isOccupied: boolean): void {
    this.position(usbPath).isOccupied = isOccupied;
  }

  /** What is open now, over all positions. */
  openTransports(): number {
    return [...this.positions.values()].reduce((sum, { present }) => sum + (present?.open.size ?? 0), 0);
  }

  /** The whole bench goes away, as a host controller or a hot-plug source can. */
  lose(reason: string): void {
    this.listener?.({ type: 'bench.lost', reason });
  }

  // PowerSwitch.

  async cycle(usbPath: string, signal?: AbortSignal): Promise<PowerProof> {
    if (this.kind === 'prompt') throw fault('power-switch-failed', 'power-cycle', { detail: 'a person switches this rack' });
    if (!this.positions.has(usbPath)) throw fault('power-switch-failed', 'power-cycle', { detail: `no position ${usbPath}` });
    await this.powerCycle(usbPath, signal);
    return 'vanished';
  }

  // DeviceSource.

  start(listener: (event: DeviceEvent) => void): Promise<void> {
    this.listener = listener;
    for (const { present } of this.positions.values()) {
      if (present) listener({ type: 'device.attached', device: present.device });
    }
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.listener = null;
    return Promise.resolve();
  }

  async open(device: Device, options: OpenOptions): Promise<Transport> {
    const position = this.positions.get(device.usbPath);
    const present = position?.present;
    const found = present?.device.interfaces.find(({ number }) => number === options.interfaceNumber);
    const detail = `interface ${options.interfaceNumber} of ${device.id} at ${device.usbPath}`;
    if (!position || !present || present.device.id !== device.id) throw fault('unplugged', 'open', { detail });
    if (!found?.serialPath) throw fault('serial-path-missing', 'open', { detail });
    if (position.isOccupied || present.open.has(options.interfaceNumber))
      throw fault('serial-path-busy', 'open', { detail: found.serialPath });
    return this.connect(position, present, found.serialPath, options);
  }

  private connect(position: Position, present: Present, serialPath: string, options: OpenOptions): Transport {
    const { clock, time } = this.options;
    const { interfaceNumber, burstBytes } = options;
    const arrive = (direction: TappedBytes['direction'], sent: Uint8Array, take: (bytes: Uint8Array) => void): void => {
      const entry = { atMs: clock.now(), usbPath: position.usbPath, interfaceNumber, direction };
      for (const bytes of this.options.disturb?.({ ...entry, bytes: sent }) ?? [sent]) {
        this.options.tap?.({ ...entry, bytes });
        take(bytes);
      }
    };
    const link = new WireLink({
      clock,
      bytesPerMs: time.bytesPerMs,
      toBoard: (sent) => arrive('toBoard', sent, (bytes) => position.board?.receive(interfaceNumber, bytes)),
      toHost: (sent) => arrive('toHost', sent, (bytes) => transport.receive(bytes)),
    });
    const release = (): void => {
      link.cut();
      present.open.delete(interfaceNumber);
    };
    const line = { send: (bytes: Uint8Array, onTaken: () => void) => link.sendToBoard(bytes, onTaken), release };
    const transport = new SimulatedTransport({ clock, serialPath, burstBytes, closeMs: time.closeMs, line });
    link.setBoardReads(present.boardReads);
    present.open.set(interfaceNumber, { transport, link });
    return transport;
  }

  private listenerFor(position: Position): BoardListener {
    return {
      onEnumerate: (enumeration) => this.enumerate(position, enumeration),
      /** Bytes for an interface that nobody has open are lost, as behind a closed tty. */
      onSend: (interfaceNumber, bytes) => position.present?.open.get(interfaceNumber)?.link.sendToHost(bytes),
      onReading: (reads) => {
        if (!position.present) return;
        position.present.boardReads = reads;
        for (const { link } of position.present.open.values()) link.setBoardReads(reads);
      },
      onReset: () => {
        if (position.board) this.options.onReset?.(position.usbPath, position.board.report());
      },
      onPull: () => this.remove(position.usbPath),
    };
  }

  private enumerate(position: Position, enumeration: BoardEnumeration | null): void {
    const gone = position.present;
    if (gone) {
      position.present = null;
      for (const { transport } of [...gone.open.values()]) transport.unplug();
      this.listener?.({ type: 'device.detached', device: gone.device });
    }
    if (!enumeration) return;
    const device = this.deviceOf(position, enumeration);
    position.present = { device, open: new Map(), boardReads: true };
    this.listener?.({ type: 'device.attached', device });
  }

  private deviceOf(position: Position, enumeration: BoardEnumeration): Device {
    this.enumerations += 1;
    return {
      id: `sim-${this.enumerations}`,
      usbPath: position.usbPath,
      vendorId: enumeration.vendorId,
      productId: enumeration.productId,
      serialNumber: enumeration.serialNumber,
      interfaces: enumeration.interfaces.map((number) => ({ number, serialPath: `/dev/ttySIM${this.nodes++}` })),
      enumeratedAtMs: this.options.clock.now(),
    };
  }

  private position(usbPath: string): Position {
    const position = this.positions.get(usbPath);
    if (!position) throw new Error(`the rack has no position ${usbPath}`);
    return position;
  }
}
