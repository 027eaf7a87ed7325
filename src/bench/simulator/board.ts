// The contract of a simulated board: what it shows on its USB connector, and its strap and power. A board knows nothing of
// slots, serial paths or the rack; whoever holds it listens.
import type { DeviceMode } from '../../domain/platform.ts';

/** What the board is on the bus in one of its modes. */
export interface BoardEnumeration {
  readonly mode: DeviceMode;
  readonly vendorId: number;
  readonly productId: number;
  readonly serialNumber: string | null;
  /** Numbers of the interfaces that carry a byte stream. */
  readonly interfaces: readonly number[];
  /** The one that carries the dialogue of this mode; a board served on a single link speaks here. */
  readonly dialogueInterface: number;
}

export interface BoardListener {
  /** What is on the bus from now on; null: nothing. Between two enumerations there is always a null. */
  onEnumerate(enumeration: BoardEnumeration | null): void;
  /** One reply or line, whole. */
  onSend(interfaceNumber: number, bytes: Uint8Array): void;
  /** Whether the board takes bytes from now on; while not, they wait on the wire. It does after each enumeration. */
  onReading(reads: boolean): void;
  /** The protocol asked for a reset; `report` and `condition` tell the state of that moment. */
  onReset(): void;
  /** A scripted hand takes the board out of its slot. */
  onPull(): void;
}

export interface SimulatedBoard {
  readonly identity: BoardIdentity;
  /** Who hears the board from now on; null: nobody. */
  listen(listener: BoardListener | null): void;
  /** USB power. Idempotent. */
  setPower(on: boolean): void;
  /** The boot strap. It is only looked at when the chip starts. */
  setStrap(closed: boolean): void;
  /** Bytes from the host on one interface. Ignored on an interface that is not on the bus now. */
  receive(interfaceNumber: number, bytes: Uint8Array): void;
  /** The report without its digests, which cost more than all the rest. */
  condition(): BoardCondition;
  report(): BoardReport;
}

export interface BoardIdentity {
  readonly model: string;
  readonly imei: string;
  readonly sn: string;
  /** The revision in the factory image; what it says later is what was flashed. */
  readonly revisionBefore: string;
}

export interface DigestOfRange {
  readonly name: string;
  readonly flash: string;
  /** Hex text. */
  readonly address: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** How the board fares: a JSON-able value. */
export interface BoardCondition {
  readonly model: string;
  readonly imei: string;
  readonly seed: number;
  /** Commands by name with their count, in the order of first sight. */
  readonly commands: Readonly<Record<string, number>>;
  /** Everything the host did that a correct host never does, in order. */
  readonly violations: readonly string[];
  /** No violation, every image complete with a good status, not destroyed, and what is in flash boots. */
  readonly clean: boolean;
  /** A command that burns fuses arrived. It never boots again. */
  readonly destroyed: boolean;
  readonly boots: boolean;
  /** Why it does not boot; null when it does. */
  readonly bootProblem: string | null;
  /** Found in the flashed application image; null when it does not boot or has none. */
  readonly revision: string | null;
}

/** What the board saw and what is in its flash: a JSON-able value. */
export interface BoardReport extends BoardCondition {
  readonly regions: readonly DigestOfRange[];
  /** Each image burned since power-on, read back from flash. */
  readonly images: readonly DigestOfRange[];
}
