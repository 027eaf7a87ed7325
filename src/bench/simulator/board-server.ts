// One simulated board on one byte link that somebody else opened, a pty in `flashrack sim serve`. Knows no rack and no protocol;
// the link always carries the dialogue interface of the mode the board is in.
import type { Clock } from '../clock.ts';
import type { BoardEnumeration, BoardReport, SimulatedBoard } from './board.ts';
import { WireLink } from './wire-link.ts';

export interface ServedLink {
  onBytes(listener: (bytes: Uint8Array) => void): void;
  /** Each reply of the board is one call. */
  write(bytes: Uint8Array): void;
  close(): void;
}

export interface ServeOptions {
  /** Without power. Its `lapseMs` should be null: on a fixed path nobody re-plugs it. */
  readonly board: SimulatedBoard;
  readonly link: ServedLink;
  readonly clock: Clock;
  /** Download: the strap is closed while the power comes and open again after that, so that a reset boots what is in flash. */
  readonly startIn: 'download' | 'normal';
  /** The report of each reset by the protocol, before the board boots. A JSON-able value. */
  readonly report: (report: BoardReport) => void;
  /** Default: as fast as the link itself. */
  readonly bytesPerMs?: number;
}

export interface ServedBoard {
  /** Takes the board's power and closes the link. */
  stop(): void;
}

export function serveBoard(options: ServeOptions): ServedBoard {
  const { board, link, clock, report } = options;
  let present: BoardEnumeration | null = null;
  const wire = new WireLink({
    clock,
    bytesPerMs: options.bytesPerMs ?? Number.POSITIVE_INFINITY,
    toBoard: (bytes) => {
      if (present) board.receive(present.dialogueInterface, bytes);
    },
    toHost: (bytes) => link.write(bytes),
  });
  const stop = (): void => {
    board.setPower(false);
    board.listen(null);
    wire.cut();
    link.close();
  };
  board.listen({
    onEnumerate: (enumeration) => {
      present = enumeration;
      wire.setBoardReads(true);
    },
    onSend: (interfaceNumber, bytes) => {
      if (interfaceNumber === present?.dialogueInterface) wire.sendToHost(bytes);
    },
    onReading: (reads) => wire.setBoardReads(reads),
    onReset: () => report(board.report()),
    onPull: stop,
  });
  link.onBytes((bytes) => wire.sendToBoard(bytes));
  board.setStrap(options.startIn === 'download');
  board.setPower(true);
  board.setStrap(false);
  return { stop };
}
