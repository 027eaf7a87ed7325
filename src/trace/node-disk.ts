// The Disk on this computer's file system. Knows neither lines nor journals. Errors keep their errno code.
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Disk, DiskFile } from '../bench/disk.ts';
import { hasCode } from './errno.ts';
import { lockFile } from './lock-file.ts';

export const nodeDisk: Disk = {
  async makeFolder(path) {
    const firstMade = await mkdir(path, { recursive: true });
    if (firstMade === undefined) return;
    const top = dirname(resolve(firstMade));
    for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
      await syncFolder(folder);
      if (folder === top || folder === dirname(folder)) return;
    }
  },

  async list(folder) {
    try {
      return (await readdir(folder)).sort();
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
  },

  read: (path) => readFile(path),

  async readRange(path, offset, maxBytes) {
    const handle = await open(path, 'r');
    try {
      const buffer = Buffer.allocUnsafe(maxBytes);
      let filled = 0;
      for (let read = -1; read !== 0 && filled < maxBytes; filled += read) {
        ({ bytesRead: read } = await handle.read(buffer, filled, maxBytes - filled, offset + filled));
      }
      return buffer.subarray(0, filled);
    } finally {
      await handle.close();
    }
  },

  async openForAppend(path) {
    return diskFile(await open(path, 'a'));
  },

  syncFolder,

  async writeWhole(path, bytes) {
    const temporary = `${path}.${process.pid}.tmp`;
    await withHandle(await open(temporary, 'w'), async (handle) => {
      await writeAll(handle, bytes, 0);
      await handle.sync();
    });
    await rename(temporary, path);
    await syncFolder(dirname(path));
  },

  async overwrite(path, offset, bytes) {
    // Not O_APPEND: there Linux appends whatever the offset says.
    await withHandle(await open(path, constants.O_WRONLY), async (handle) => {
      await writeAll(handle, bytes, offset);
      await handle.datasync();
    });
  },

  lock: lockFile,
};

function diskFile(handle: FileHandle): DiskFile {
  return {
    append: (bytes) => writeAll(handle, bytes, null),
    sync: () => handle.datasync(),
    async truncate(length) {
      await handle.truncate(length);
      await handle.datasync();
    },
    close: () => handle.close(),
  };
}

/** `position: null` writes where the descriptor stands: at the end of an appending one. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number | null): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const at = position === null ? null : position + done;
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at);
    done += bytesWritten;
  }
}

async function withHandle(handle: FileHandle, use: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; NTFS journals its own names.
  if (process.platform === 'win32') return;
  await withHandle(await open(path, 'r'), (handle) => handle.sync());
}
