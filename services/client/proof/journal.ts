import { closeSync, fdatasync, openSync, writeSync } from "node:fs";

/** Version of the lines; a reader of another one refuses the file. */
export const journalVersion = 1;

const journalLimits = {
  /** Outcomes wait this long for company before they are written. */
  flushMs: 20,
  /** Between two syncs to the disk. */
  syncMs: 200,
  /** Outcomes that wait at most. */
  bufferedCharactersMax: 64 * 1024,
};

/** The first line: what a later verification needs to know of the run. */
export interface JournalHead {
  /** "host:port" of every front-end. */
  readonly targets: readonly string[];
  /** Milliseconds of the Unix epoch. */
  readonly startedAt: number;
  /** Nobody else bought. */
  readonly exclusive: boolean;
  readonly restockQuantity: number;
  readonly restockIntervalS: number;
  /** Number of the last order before the run; -1: there was none. Undefined: it could not be found out. */
  readonly lastNumber: number | undefined;
  /** Stock before the run, by product; empty: it could not be read while it stood still. */
  readonly stock: Readonly<Record<string, number>>;
}

/** The system's calls; tests put failing ones in their place. */
export interface JournalCalls {
  open(path: string): number;
  /** Writes all of `text` at the end of the file. */
  write(fd: number, text: string): void;
  sync(fd: number, done: (error: Error | null) => void): void;
  close(fd: number): void;
}

export const systemJournalCalls: JournalCalls = {
  // Appending, so that the workers of a run may share one file: each write lands whole behind the others.
  open: (path) => openSync(path, "a"),
  write: (fd, text) => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  },
  sync: (fd, done) => fdatasync(fd, done),
  close: (fd) => closeSync(fd),
};

/**
 * What was going to be bought, and what came of it: a line for each, JSON, in
 * one file that is only appended to. An intent is with the operating system
 * before its request is sent, so it survives any end of this process; the disk
 * follows within `syncMs`, in groups. An outcome that is missing is no harm:
 * the purchase then counts as unknown and is looked up by its key.
 */
export class Journal {
  private readonly fd: number;
  private waiting = "";
  private dirty = false;
  private syncing = false;
  private sinceSyncMs = 0;
  private failed = false;
  private readonly timer: ReturnType<typeof setInterval>;

  /** `onFailed` is called once, when the file can no longer be written: then nothing more may be bought. */
  constructor(
    path: string,
    private readonly onFailed: (error: Error) => void,
    private readonly calls: JournalCalls = systemJournalCalls,
  ) {
    this.fd = calls.open(path);
    this.timer = setInterval(() => this.tick(), journalLimits.flushMs);
  }

  head(head: JournalHead): void {
    this.waiting += line({ toystoreJournal: journalVersion, ...head });
    this.flush();
  }

  /** On return the intent outlives this process. False: it does not, and the purchase must not be sent. */
  intend(key: string, name: string, quantity: number): boolean {
    this.waiting += line(["buy", key, name, quantity]);
    return this.flush();
  }

  acknowledged(key: string, number: number, attempts: number): void {
    this.put(line(["order", key, number, attempts]));
  }

  refused(key: string, attempts: number): void {
    this.put(line(["refused", key, attempts]));
  }

  /** The purchase may or may not have happened. */
  unknown(key: string, kind: string): void {
    this.put(line(["unknown", key, kind]));
  }

  /** Writes what waits and syncs it. */
  close(): void {
    clearInterval(this.timer);
    this.flush();
    this.calls.close(this.fd);
  }

  private put(text: string): void {
    this.waiting += text;
    if (this.waiting.length > journalLimits.bufferedCharactersMax) this.flush();
  }

  private flush(): boolean {
    if (this.failed) return false;
    if (this.waiting === "") return true;
    // The empty line in front ends whatever another worker, killed in mid-write, may have left without an end.
    const text = `\n${this.waiting}`;
    this.waiting = "";
    try {
      this.calls.write(this.fd, text);
    } catch (error) {
      this.fail(error as Error);
      return false;
    }
    this.dirty = true;
    return true;
  }

  private tick(): void {
    this.flush();
    this.sinceSyncMs += journalLimits.flushMs;
    if (!this.dirty || this.syncing || this.failed || this.sinceSyncMs < journalLimits.syncMs) return;
    this.dirty = false;
    this.syncing = true;
    this.sinceSyncMs = 0;
    this.calls.sync(this.fd, (error) => {
      this.syncing = false;
      if (error !== null) this.fail(error);
    });
  }

  private fail(error: Error): void {
    if (this.failed) return;
    this.failed = true;
    this.onFailed(error);
  }
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
