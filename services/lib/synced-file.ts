import { closeSync, fdatasync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { DiskTrust } from "./disk-trust.ts";

/** The calls a SyncedFile makes; tests put failing ones in their place. */
export interface FileCalls {
  open(path: string, flags: string): number;
  /** Writes all of `bytes` at the end of the file. */
  write(fd: number, bytes: Uint8Array): void;
  sync(fd: number, done: (error: Error | null) => void): void;
  close(fd: number): void;
}

/** Heartbeats are due every 50 ms, and wait for a sync in place. */
const quickSyncMs = 2;

export const systemFileCalls: FileCalls = {
  open: (path, flags) => openSync(path, flags),
  write: (fd, bytes) => {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  },
  sync: adaptiveSync(),
  close: (fd) => closeSync(fd),
};

/**
 * fdatasync, on a thread or in place; of all files together, which are on one disk as a rule.
 * `mayWait`: nobody else would be kept waiting meanwhile.
 */
export function adaptiveSync(
  mayWait: () => boolean = () => true,
  trust: DiskTrust = new DiskTrust(quickSyncMs),
): FileCalls["sync"] {
  return (fd, done) => {
    // What is to leave the process in this turn of the event loop does not wait for the disk.
    if (trust.isEarned && mayWait()) setImmediate(() => done(trust.call(() => syncNow(fd))));
    else syncLater(fd, trust.begin(), done);
  };
}

function syncNow(fd: number): Error | null {
  try {
    fdatasyncSync(fd);
    return null;
  } catch (error) {
    return error as Error;
  }
}

function syncLater(fd: number, ended: () => void, done: (error: Error | null) => void): void {
  fdatasync(fd, (error) => {
    ended();
    done(error);
  });
}

/**
 * A file that is only appended to, with group commit (DeWitt et al., 1984):
 * whatever was appended while the last sync ran goes with the next one.
 *
 * `onSynced(bytes)` is called with the number of bytes, counted from the
 * opening, that are now durable. After `onFailed` nothing more is written: what
 * a failed fsync leaves behind is unknown (Rebello et al., "Can Applications
 * Recover from fsync Failures?", 2020), so the owner ends the process.
 */
export class SyncedFile {
  private readonly fd: number;
  /** Goes to the file with the next sync. */
  private queue: Uint8Array[] = [];
  /** Bytes taken, asked to be durable, and durable; counted from the opening. */
  private taken = 0;
  private wanted = 0;
  private durable = 0;
  private syncing = false;
  private failed = false;
  private idle: (() => void)[] = [];

  constructor(
    path: string,
    private readonly onSynced: (bytes: number) => void,
    private readonly onFailed: (error: Error) => void,
    private readonly calls: FileCalls = systemFileCalls,
  ) {
    this.fd = calls.open(path, "a");
  }

  append(bytes: Uint8Array): void {
    this.write(bytes);
    this.sync();
  }

  /** Adds to what the next sync writes: nobody waits for it. */
  write(bytes: Uint8Array): void {
    if (this.failed) return;
    this.taken += bytes.length;
    this.queue.push(bytes);
  }

  /** Makes everything written durable. */
  sync(): void {
    if (this.failed || this.durable === this.taken) return;
    this.wanted = this.taken;
    if (!this.syncing) this.startSync();
  }

  /** Resolves when no sync is under way or due. */
  settled(): Promise<void> {
    if (!this.syncing || this.failed) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** After everything written is synced. */
  async close(): Promise<void> {
    this.sync();
    await this.settled();
    this.calls.close(this.fd);
  }

  private startSync(): void {
    this.syncing = true;
    const target = this.taken;
    if (this.writeOut()) this.calls.sync(this.fd, (error) => this.finishSync(error, target));
  }

  /** False: it failed. */
  private writeOut(): boolean {
    if (this.queue.length === 0) return true;
    const bytes = this.queue.length === 1 ? (this.queue[0] as Uint8Array) : Buffer.concat(this.queue);
    this.queue = [];
    try {
      this.calls.write(this.fd, bytes);
      return true;
    } catch (error) {
      this.fail(error as Error);
      return false;
    }
  }

  private finishSync(error: Error | null, target: number): void {
    if (error !== null) {
      this.fail(error);
      return;
    }
    this.durable = target;
    if (this.wanted > target) this.startSync();
    else this.syncing = false;
    this.onSynced(target);
    if (!this.syncing) this.release();
  }

  private fail(error: Error): void {
    this.failed = true;
    this.syncing = false;
    this.onFailed(error);
    this.release();
  }

  private release(): void {
    const waiting = this.idle;
    this.idle = [];
    for (const resolve of waiting) resolve();
  }
}
