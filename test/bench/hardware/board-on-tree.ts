// A simulated board as a kernel shows it: a device in the tree made by hand, a real tty for its dialogue, and an unplug that the tty
// tells at once and the bus a moment later. Knows no slot.
import type { Pty } from '../../../src/bench/hardware/pty.ts';
import type { BoardEnumeration, SimulatedBoard } from '../../../src/bench/simulator/board.ts';
import type { FakeUsbTree } from './fake-usb-tree.ts';

/** How much later than the tty's hang-up the bus tells that the device left; some 50 ms on a PC. */
const busDelayMs = 60;

let deviceNumbers = 10;

export class BoardOnTree {
  readonly #tree: FakeUsbTree;
  readonly #name: string;
  readonly #board: SimulatedBoard;
  #shown: { readonly deviceNumber: number; readonly pty: Promise<Pty> } | null = null;

  constructor(tree: FakeUsbTree, name: string, board: SimulatedBoard) {
    this.#tree = tree;
    this.#name = name;
    this.#board = board;
  }

  insert(): void {
    this.#board.listen({
      onEnumerate: (enumeration) => this.#enumerate(enumeration),
      // Bytes for an interface that has no tty here are lost, as behind a closed one.
      onSend: (_interfaceNumber, bytes) => void this.#shown?.pty.then((pty) => pty.write(bytes)).catch(() => undefined),
      onReading: () => undefined,
      onReset: () => undefined,
      onPull: () => this.pull(),
    });
    this.#board.setPower(true);
  }

  pull(): void {
    this.#board.listen(null);
    this.#board.setPower(false);
    this.#enumerate(null);
  }

  #enumerate(enumeration: BoardEnumeration | null): void {
    if (this.#shown !== null) this.#leave(this.#shown);
    this.#shown = null;
    if (enumeration === null) return;
    deviceNumbers += 1;
    this.#shown = { deviceNumber: deviceNumbers, pty: this.#come(enumeration, deviceNumbers) };
  }

  async #come(shown: BoardEnumeration, deviceNumber: number): Promise<Pty> {
    const { vendorId, productId, serialNumber, dialogueInterface } = shown;
    const ids = [vendorId, productId].map((id) => id.toString(16).padStart(4, '0')).join(':');
    const tty = `ttyUSB${deviceNumber}`;
    this.#tree.plug({
      name: this.#name,
      ids,
      deviceNumber,
      connectedMs: 1,
      ...(serialNumber !== null && { serial: serialNumber }),
      interfaces: [{ number: dialogueInterface, driver: 'option', tty }],
    });
    const pty = await this.#tree.giveNode(this.#name, dialogueInterface, tty);
    pty.onBytes((bytes) => this.#board.receive(dialogueInterface, bytes));
    this.#tree.tell('came', this.#name, deviceNumber);
    return pty;
  }

  #leave({ deviceNumber, pty }: { readonly deviceNumber: number; readonly pty: Promise<Pty> }): void {
    void pty.then((master) => master.close());
    this.#tree.unplug(this.#name);
    setTimeout(() => this.#tree.tell('went', this.#name, deviceNumber), busDelayMs);
  }
}
