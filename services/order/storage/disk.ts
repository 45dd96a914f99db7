import {
  closeSync,
  existsSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  read,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../../lib/atomic-file.ts";
import { type FileCalls, systemFileCalls } from "../../lib/synced-file.ts";

/** Every call that the file store makes to the system; tests put failing ones in their place. */
export interface Disk extends FileCalls {
  writeAt(fd: number, bytes: Uint8Array, offset: number): void;
  /** Reads up to `length` bytes into `buffer`; returns how many, 0 at the file's end. */
  read(fd: number, buffer: Uint8Array, length: number, offset: number): number;
  readLater(
    fd: number,
    buffer: Uint8Array,
    length: number,
    offset: number,
    done: (error: Error | null, bytes: number) => void,
  ): void;
  size(fd: number): number;
  truncate(fd: number, bytes: number): void;
  /** Like `sync`, with all metadata: needed after a cut, a creation or a rename. */
  syncFully(fd: number, done: (error: Error | null) => void): void;
  /** The same, while the process waits: for the moments when a store is founded or given up. */
  syncNow(fd: number): void;
  exists(path: string): boolean;
  rename(from: string, to: string): void;
  makeFolder(path: string): void;
}

export const systemDisk: Disk = {
  ...systemFileCalls,
  writeAt: (fd, bytes, offset) => {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, offset + at);
  },
  read: (fd, buffer, length, offset) => readSync(fd, buffer, 0, length, offset),
  // At a position of its own: Bun.file(fd).slice() moves that of the descriptor, which reads at once would share.
  readLater: (fd, buffer, length, offset, done) => read(fd, buffer, 0, length, offset, done),
  size: (fd) => fstatSync(fd).size,
  truncate: (fd, bytes) => ftruncateSync(fd, bytes),
  syncFully: (fd, done) => fsync(fd, done),
  syncNow: (fd) => fsyncSync(fd),
  close: (fd) => closeSync(fd),
  exists: (path) => existsSync(path),
  rename: (from, to) => renameSync(from, to),
  makeFolder: (path) => makeFolder(path),
};

/** Makes the file's content and size durable. */
export function syncFile(disk: Disk, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    disk.syncFully(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Makes creations, renames and removals in the folder of `path` durable. */
export async function syncFolderOf(disk: Disk, path: string): Promise<void> {
  const fd = disk.open(dirname(path), "r");
  try {
    await syncFile(disk, fd);
  } finally {
    disk.close(fd);
  }
}

/** Replaces a file so that a crash leaves the old content or the new, never a mixture. */
export async function replaceFile(disk: Disk, path: string, content: string): Promise<void> {
  const fd = disk.open(temporary(path), "w");
  try {
    disk.write(fd, Buffer.from(content));
    await syncFile(disk, fd);
  } finally {
    disk.close(fd);
  }
  disk.rename(temporary(path), path);
  await syncFolderOf(disk, path);
}

/** The same, while the process waits. */
export function replaceFileNow(disk: Disk, path: string, content: string): void {
  const fd = disk.open(temporary(path), "w");
  try {
    disk.write(fd, Buffer.from(content));
    disk.syncNow(fd);
  } finally {
    disk.close(fd);
  }
  disk.rename(temporary(path), path);
  syncFolderNow(disk, path);
}

export function syncFolderNow(disk: Disk, path: string): void {
  const fd = disk.open(dirname(path), "r");
  try {
    disk.syncNow(fd);
  } finally {
    disk.close(fd);
  }
}

function temporary(path: string): string {
  return `${path}.tmp`;
}

/** The whole file, which is small; undefined if there is none. */
export function readWhole(disk: Disk, path: string): Buffer | undefined {
  if (!disk.exists(path)) return undefined;
  const fd = disk.open(path, "r");
  try {
    const buffer = Buffer.alloc(disk.size(fd));
    return buffer.subarray(0, readFully(disk, fd, buffer, 0));
  } finally {
    disk.close(fd);
  }
}

/** Fills `buffer` from `offset` on; returns how many bytes there were. */
export function readFully(disk: Disk, fd: number, buffer: Uint8Array, offset: number): number {
  let at = 0;
  while (at < buffer.length) {
    const bytes = disk.read(fd, buffer.subarray(at), buffer.length - at, offset + at);
    if (bytes === 0) break;
    at += bytes;
  }
  return at;
}
