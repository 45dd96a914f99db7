import { open, readdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type FileCalls, systemFileCalls } from "../../lib/synced-file.ts";

/**
 * The file operations of the catalog. A test puts another implementation in their
 * place, that loses what was not synced and stops after any operation.
 */
export interface Files {
  /** Undefined: there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Names in a folder, in no order; none if there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Makes or overwrites a file and syncs its content, not its name. */
  writeSynced(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** A file that does not exist is removed already. */
  remove(path: string): Promise<void>;
  /** Cuts a file to its first `bytes` bytes, and syncs. */
  truncate(path: string, bytes: number): Promise<void>;
  /** Makes the names of the folder durable: made, renamed, removed. */
  syncFolder(folder: string): Promise<void>;
  readonly appending: FileCalls;
}

/** Gives a file its content so that a crash leaves the old one or the new one. */
export async function replaceFile(files: Files, path: string, bytes: Uint8Array): Promise<void> {
  await files.writeSynced(`${path}.tmp`, bytes);
  await files.rename(`${path}.tmp`, path);
  await files.syncFolder(dirname(path));
}

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
  async writeSynced(path, bytes) {
    // Bun writes but cannot sync; a sync through any descriptor covers what was written to the file.
    await Bun.write(path, bytes);
    const file = await open(path, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  async truncate(path, bytes) {
    const file = await open(path, "r+");
    try {
      await file.truncate(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  async syncFolder(folder) {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  appending: systemFileCalls,
};
