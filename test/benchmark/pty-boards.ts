// The process that plays the boards: each enumeration of each board is a pty of its own, told to the parent as a hot-plug source would tell
// it. What the parent costs is then the station's alone. Started by `ptyRack` with `fork`; knows no station.

import { openPty, type Pty } from '../../src/bench/hardware/pty.ts';
import type { BoardEnumeration, SimulatedBoard } from '../../src/bench/simulator/board.ts';
import { buildBoard } from '../../src/bench/simulator/board-kinds.ts';
import { realistic, type TimeModel } from '../../src/bench/simulator/time-model.ts';
import { WireLink } from '../../src/bench/simulator/wire-link.ts';
import { preciseClock } from './precise-clock.ts';
import { type FromBoards, monotonicMs, type ToBoards } from './pty-messages.ts';

interface Position {
  readonly board: SimulatedBoard;
  readonly time: TimeModel;
  /** Of the device that is there now. */
  leave: (() => void) | null;
  wire: WireLink | null;
}

const clock = preciseClock();
const positions = new Map<string, Position>();
let enumerations = 0;

const tell = (message: FromBoards): void => void process.send?.(message);

function insert({ usbPath, model, seed, time }: Extract<ToBoards, { type: 'insert' }>): void {
  const own = { ...realistic, ...time };
  const board = buildBoard(model, { clock, seed, lapseMs: null, time: own });
  const position: Position = { board, time: own, leave: null, wire: null };
  positions.set(usbPath, position);
  board.listen({
    onEnumerate(enumeration) {
      position.leave?.();
      position.leave = enumeration === null ? null : appear(usbPath, position, enumeration);
    },
    onSend: (_interfaceNumber, bytes) => position.wire?.sendToHost(bytes),
    onReading: (reads) => position.wire?.setBoardReads(reads),
    onReset: () => tell({ type: 'reset', usbPath, report: board.report() }),
    onPull: () => remove(usbPath),
  });
  board.setStrap(true);
  board.setPower(true);
  board.setStrap(false);
}

/** Returns what takes the device off the bus again. */
function appear(usbPath: string, position: Position, enumeration: BoardEnumeration): () => void {
  const id = `pty-${enumerations++}`;
  let hasLeft = false;
  let pty: Pty | null = null;
  const wire = new WireLink({
    clock,
    bytesPerMs: position.time.bytesPerMs,
    toBoard: (bytes) => position.board.receive(enumeration.dialogueInterface, bytes),
    toHost: (bytes) => void pty?.write(bytes).catch(() => undefined),
  });
  position.wire = wire;
  void openPty().then((opened) => {
    if (hasLeft) {
      void opened.close();
      return;
    }
    pty = opened;
    let isHeard = false;
    opened.onBytes((bytes) => {
      if (!isHeard) tell({ type: 'heard', deviceId: id, monotonicMs: monotonicMs() });
      isHeard = true;
      wire.sendToBoard(bytes);
    });
    const { vendorId, productId, serialNumber, dialogueInterface } = enumeration;
    const interfaces = [{ number: dialogueInterface, serialPath: opened.slavePath }];
    tell({
      type: 'attached',
      device: { id, usbPath, vendorId, productId, serialNumber, interfaces },
      monotonicMs: monotonicMs(),
    });
  });
  return () => {
    hasLeft = true;
    wire.cut();
    void pty?.close();
    tell({ type: 'detached', deviceId: id });
  };
}

function remove(usbPath: string): void {
  const position = positions.get(usbPath);
  positions.delete(usbPath);
  position?.board.setPower(false);
  position?.board.listen(null);
}

process.on('message', (message: ToBoards) => {
  switch (message.type) {
    case 'insert':
      insert(message);
      break;
    case 'remove':
      remove(message.usbPath);
      break;
    case 'end':
      process.exit(0);
  }
});
process.on('disconnect', () => process.exit(0));
tell({ type: 'ready' });
