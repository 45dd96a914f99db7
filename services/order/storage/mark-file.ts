import type { LogPosition } from "../core/types.ts";
import { type Disk, syncFile } from "./disk.ts";
import { decodeMark, encodeMark, type Mark } from "./records.ts";

/** One sector: a disk writes it whole or not at all. */
const slotBytes = 512;

function slot(mark: Mark): Buffer {
  return Buffer.from(`${encodeMark(mark).padEnd(slotBytes - 1)}\n`);
}

/** The content of a new mark file. */
export function firstMarks(length: number, last: LogPosition): string {
  return [1, 2].map((sequence) => slot({ sequence, length, last }).toString()).join("");
}

/** The current mark; undefined if neither slot is readable. */
export function decodeMarks(bytes: Buffer): Mark | undefined {
  let current: Mark | undefined;
  for (let at = 0; at < 2 * slotBytes; at += slotBytes) {
    const text = bytes.toString("utf8", at, at + slotBytes).trimEnd();
    const mark = decodeMark(`${text}\n`);
    if (mark !== undefined && mark.sequence > (current?.sequence ?? 0)) current = mark;
  }
  return current;
}

/**
 * Remembers how far the log is synced: a log that is shorter than its mark lost
 * bytes that it had acknowledged, and is damaged, where one that ends in a torn
 * line beyond it is as good as before that line.
 *
 * Written in place, in two slots by turns, so that a write that a power failure
 * tore leaves the one before it. Between syncs a mark is good against the end of
 * the process, not of the machine; an older mark is still true, as the log only
 * shrinks after a lower mark was synced.
 */
export class MarkFile {
  private readonly fd: number;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private syncing: Promise<void> | undefined;

  constructor(
    private readonly disk: Disk,
    path: string,
    private sequence: number,
    private readonly syncMs: number,
    private readonly onFailed: (error: Error) => void,
  ) {
    this.fd = disk.open(path, "r+");
  }

  /** Notes that the log is synced up to here. Throws the system's error. */
  write(length: number, last: LogPosition): void {
    this.sequence++;
    const bytes = slot({ sequence: this.sequence, length, last });
    this.disk.writeAt(this.fd, bytes, (this.sequence % 2) * slotBytes);
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => void this.syncSoon(), this.syncMs);
    this.timer.unref();
  }

  /** Resolves when what was written is durable. */
  sync(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const before = this.syncing;
    this.syncing = syncFile(this.disk, this.fd).then(() => before);
    return this.syncing;
  }

  /** Stops, after a sync under way; what was not synced stays with the system. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.syncing?.catch(this.onFailed);
    this.disk.close(this.fd);
  }

  private async syncSoon(): Promise<void> {
    try {
      await this.sync();
    } catch (error) {
      this.onFailed(error as Error);
    }
  }
}
