// A pseudo terminal whose slave looks like a board's serial path. Knows no board: whoever opens one plays it.
import { closeSync, lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { LinuxBinding, LinuxPortBinding } from '@serialport/bindings-cpp';
import { fault } from '../../domain/failure.ts';
import { TtyChannel } from './tty-channel.ts';

export interface Pty {
  /** What the host opens, e.g. `/dev/pts/3`. */
  readonly slavePath: string;
  /** From the first call on, what the host writes is told to `listener` (one listener); before, it waits in the kernel. */
  onBytes(listener: (bytes: Uint8Array) => void): void;
  /**
   * Resolves when the tty has taken all bytes, in one piece where there is room. Waits while nobody reads and there is no room.
   * Bytes written while nobody has the slave open are lost when it is opened. Rejects `transport-closed` when closed first.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Destroys the master, which is the unplug for whoever has the slave open. Idempotent. */
  close(): Promise<void>;
}

/** The package has no types and no JavaScript: this is its native module, as measured at version 1.1.0. */
interface NativePty {
  open(columns: number, rows: number): { readonly master: number; readonly slave: number; readonly pty: string };
}

const require = createRequire(import.meta.url);

/** Throws where there is no prebuilt package for this machine, or where it is not the one this was written for. */
export function loadNativePty(architecture: string = process.arch): NativePty {
  const native: unknown = require(`@lydell/node-pty-linux-${architecture}/pty.node`);
  if (!isNativePty(native)) throw new Error('the prebuilt pty package has changed: no open(columns, rows)');
  return native;
}

const isNativePty = (value: unknown): value is NativePty =>
  typeof value === 'object' && value !== null && 'open' in value && typeof value.open === 'function';

/**
 * Opens a pty that is raw from its first byte and stays alive while nobody has the slave open. It keeps the process alive.
 * The master is inherited by child processes started meanwhile (the package sets no CLOEXEC): a child delays the unplug until it ends.
 */
export async function openPty(): Promise<Pty> {
  const { master, slave, pty: slavePath } = loadNativePty().open(80, 24);
  if (!Number.isInteger(master) || !Number.isInteger(slave) || !slavePath.startsWith('/dev/')) {
    throw new Error(`the prebuilt pty package has changed: open gave ${master}, ${slave}, ${slavePath}`);
  }
  const raw = await LinuxBinding.open({ path: slavePath, baudRate: 115200, hupcl: false });
  // Only its poller and its close are used for the master; both ends of the pair share the termios that was just made raw.
  const binding = new LinuxPortBinding(master, raw.openOptions);
  await raw.close();
  return ptyOver(binding, master, slave, slavePath);
}

function ptyOver(binding: LinuxPortBinding, master: number, slave: number, slavePath: string): Pty {
  const listeners: ((bytes: Uint8Array) => void)[] = [];
  let closing: Promise<void> | null = null;
  const channel = new TtyChannel(binding, master, {
    received: (bytes) => {
      for (const listener of listeners) listener(bytes);
    },
    ended: () => undefined,
  });
  const release = async (): Promise<void> => {
    channel.stop();
    // The slave is kept open till now: without it the master reads EIO between two hosts.
    closeSync(slave);
    await binding.close();
  };
  return {
    slavePath,
    onBytes(listener) {
      listeners.push(listener);
      channel.listen(true);
    },
    write: (bytes) =>
      new Promise((resolve, reject) => {
        channel.send(bytes, (outcome) => {
          if (outcome === 'sent') resolve();
          else reject(fault('transport-closed', 'pty-write', { detail: slavePath }));
        });
      }),
    close() {
      closing ??= release();
      return closing;
    },
  };
}

/**
 * Gives the pty a second name that does not change from run to run. The link goes when the returned pty is closed.
 * Replaces a link that an earlier, killed run has left; throws when something else is at `linkPath`.
 */
export function linkPty(pty: Pty, linkPath: string): Pty {
  refuseForeign(linkPath);
  const fresh = `${linkPath}.${process.pid}.new`;
  rmSync(fresh, { force: true });
  symlinkSync(pty.slavePath, fresh);
  renameSync(fresh, linkPath);
  return {
    ...pty,
    async close() {
      if (targetOf(linkPath) === pty.slavePath) rmSync(linkPath);
      await pty.close();
    },
  };
}

function refuseForeign(linkPath: string): void {
  if (lstatSync(linkPath, { throwIfNoEntry: false }) === undefined) return;
  const target = targetOf(linkPath);
  if (target === null) throw new Error(`${linkPath} is there already and is not a link: it is not replaced`);
  if (!target.startsWith('/dev/pts/')) throw new Error(`${linkPath} links to ${target}, which is no pty: it is not replaced`);
}

/** Null when there is no link at the path. */
function targetOf(linkPath: string): string | null {
  const found = lstatSync(linkPath, { throwIfNoEntry: false });
  return found?.isSymbolicLink() ? readlinkSync(linkPath) : null;
}
