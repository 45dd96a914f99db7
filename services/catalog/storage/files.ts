import { type BigIntStats, renameSync, statSync, writeSync } from "node:fs";
import { type FileHandle, link, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type FileCalls, systemFileCalls } from "../../lib/synced-file.ts";

/** Bytes to be written over others, at an offset in a file. */
export interface Patch {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/**
 * The file operations of the catalog. A test puts another implementation in their
 * place, that loses what was not synced and stops after any operation.
 */
export interface Files {
  /** Undefined: there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Names in a folder, in no order; none if there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Tells whether a file is the one that it was and was not written to since. Undefined: there is none. */
  stamp(path: string): Promise<string | undefined>;
  /** Makes or overwrites a file and syncs its content, not its name. Other work goes on between the parts. */
  writeSynced(path: string, parts: Iterable<Uint8Array>): Promise<void>;
  /** Overwrites bytes within a file, and syncs. Other work goes on between some patches and the next. */
  patch(path: string, patches: Iterable<Patch>): Promise<void>;
  /**
   * Gives a file another name, which must be free, beside its own. False: the file
   * system knows no such thing, or the system forbids it for a file of another user.
   */
  link(path: string, other: string): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  /** The same, if `to` still has this stamp, looked at directly before. False: it has not, and nothing was done. */
  renameOver(from: string, to: string, stamp: string | undefined): Promise<boolean>;
  /** A file that does not exist is removed already. */
  remove(path: string): Promise<void>;
  /** Cuts a file to its first `bytes` bytes, and syncs. */
  truncate(path: string, bytes: number): Promise<void>;
  /** Makes what a file holds durable, whoever wrote it. */
  syncFile(path: string): Promise<void>;
  /** Makes the names of the folder durable: made, renamed, removed. */
  syncFolder(folder: string): Promise<void>;
  readonly appending: FileCalls;
}

/** Gives a file its content so that a crash leaves the old one or the new one. */
export async function replaceFile(files: Files, path: string, parts: Iterable<Uint8Array>): Promise<void> {
  await writeBeside(files, path, parts);
  await files.syncFolder(dirname(path));
}

/** The same, but that the name is not synced. A failure leaves nothing half-made behind: the disk may be full. */
export async function writeBeside(files: Files, path: string, parts: Iterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await files.writeSynced(temporary, parts);
    await files.rename(temporary, path);
  } catch (error) {
    // The first error is the one to tell.
    await files.remove(temporary).catch(() => undefined);
    throw error;
  }
}

const cannotLink: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "EACCES",
  "EMLINK",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EXDEV",
]);

export const systemFiles: Files = {
  async read(path) {
    try {
      return await Bun.file(path).bytes();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  },
  async list(folder) {
    try {
      return await readdir(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  },
  async stamp(path) {
    try {
      return stampOf(await stat(path, { bigint: true }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  },
  writeSynced: (path, parts) => withFile(path, "w", (file) => writeParts(file, parts)),
  patch: (path, patches) => withFile(path, "r+", (file) => writePatches(file, patches)),
  async link(path, other) {
    try {
      await link(path, other);
      return true;
    } catch (error) {
      if (cannotLink.has((error as NodeJS.ErrnoException).code)) return false;
      throw error;
    }
  },
  rename: (from, to) => rename(from, to),
  async renameOver(from, to, stamp) {
    // In place: between two turns of the event loop an editor has the time to save.
    const found = statSync(to, { bigint: true, throwIfNoEntry: false });
    if ((found && stampOf(found)) !== stamp) return false;
    renameSync(from, to);
    return true;
  },
  remove: (path) => rm(path, { force: true }),
  truncate: (path, bytes) =>
    withFile(path, "r+", async (file) => {
      await file.truncate(bytes);
      await file.sync();
    }),
  syncFile: (path) => withFile(path, "r", (file) => file.sync()),
  syncFolder: (folder) => withFile(folder, "r", (file) => file.sync()),
  appending: systemFileCalls,
};

/** What is synced at once: a sync of the log must not find much more before it in the queue of the disk. */
const syncBytes = 1_048_576;
/** Made and written without a pause; each takes a few microseconds. */
const patchesAtOnce = 100;

function stampOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

async function withFile(path: string, flags: string, act: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags);
  try {
    await act(file);
  } finally {
    await file.close();
  }
}

async function writeParts(file: FileHandle, parts: Iterable<Uint8Array>): Promise<void> {
  let unsynced = 0;
  for (const part of parts) {
    for (let done = 0; done < part.length; ) done += (await file.write(part, done)).bytesWritten;
    unsynced += part.length;
    if (unsynced < syncBytes) continue;
    await file.datasync();
    unsynced = 0;
  }
  await file.sync();
}

async function writePatches(file: FileHandle, patches: Iterable<Patch>): Promise<void> {
  let written = 0;
  for (const { at, bytes } of patches) {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(file.fd, bytes, done, bytes.length - done, at + done);
    }
    written += 1;
    if (written % patchesAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await file.datasync();
}
