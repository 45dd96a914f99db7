import { assert } from "../../lib/assert.ts";
import { chainChecksum } from "../../lib/checksum.ts";
import { SyncedFile } from "../../lib/synced-file.ts";
import type { Entry, LogPosition } from "../core/types.ts";
import { encodePayload, type LogPoint, sealLine } from "./codec.ts";
import { type Disk, syncFile } from "./disk.ts";
import type { IndexFile } from "./index-file.ts";
import type { MarkFile } from "./mark-file.ts";
import type { RecentEntries } from "./recent-entries.ts";
import type { SparseIndex } from "./sparse-index.ts";

export interface WriterParts {
  readonly disk: Disk;
  readonly logFile: string;
  /** The log file, open for reading and cutting. */
  readonly fd: number;
  readonly mark: MarkFile;
  readonly index: SparseIndex;
  readonly indexFile: IndexFile;
  readonly recent: RecentEntries;
  readonly groupBytesMax: number;
  /** Never called for an entry that was cut before. */
  readonly onDurable: (last: LogPosition) => void;
  /** Called once; nothing is written after it. */
  readonly onFailed: (error: Error) => void;
}

/** Bytes that were handed to the file and the place that they lead to. */
interface Group {
  /** Counted as SyncedFile counts. */
  readonly bytesEnd: number;
  to: LogPoint;
}

type Operation =
  | { readonly type: "append"; readonly bytes: Buffer; to: LogPoint }
  /** With how many records of the index stay: when it comes to be done, the index may hold later entries' again. */
  | { readonly type: "cut"; readonly to: LogPoint; readonly records: number };

/**
 * Writes the log: appends by group commit, and cuts, in the order of the calls.
 *
 * After each sync, in this order: the mark is written, the index gets the new
 * records, the owner is told. A cut lowers the mark and removes index records
 * durably before the file is shortened, so that a crash at any moment leaves a
 * log that is not shorter than its mark and index say.
 */
export class LogWriter {
  private readonly file: SyncedFile;
  /** Written or being written, not yet durable. */
  private groups: Group[] = [];
  private bytesWritten = 0;
  /** Wait for the cut that is at the head, or under way. */
  private waiting: Operation[] = [];
  private cutting: Promise<void> | undefined;
  private stopped = false;

  /** `end`: the end of the log, encoded or on disk. `durable`: its end on disk, synced. */
  constructor(
    private readonly parts: WriterParts,
    private end: LogPoint,
    private durable: LogPoint = end,
  ) {
    const synced = (bytes: number): void => this.finishGroups(bytes);
    this.file = new SyncedFile(parts.logFile, synced, (error) => this.fail(error), parts.disk);
  }

  get last(): LogPosition {
    return this.end.last;
  }

  /** How many orders the log holds, queued ones included. */
  get orders(): number {
    return this.end.orders;
  }

  /** The end of what is on disk and will not be cut by what is queued. */
  get durableEnd(): LogPoint {
    return this.durable;
  }

  append(entries: readonly Entry[]): void {
    if (this.stopped || entries.length === 0) return;
    const bytes = this.encode(entries);
    this.parts.recent.trim(this.durable.last.index);
    if (this.cutting === undefined) this.write(bytes, this.end);
    else this.waiting.push({ type: "append", bytes, to: this.end });
    const queued = this.end.offset - this.durable.offset;
    if (queued > this.parts.groupBytesMax) this.fail(new Error(`the disk is ${queued} bytes behind`));
  }

  /** Cuts everything after the place `to`, which is at or before the log's end. */
  cut(to: LogPoint): void {
    if (this.stopped || to.last.index === this.end.last.index) return;
    this.end = to;
    this.parts.recent.cutAfter(to.last.index);
    this.parts.index.cutAfter(to.last.index);
    if (this.durable.offset > to.offset) this.durable = to;
    // What is on its way to the disk and cut now must not be reported when it arrives there.
    for (const group of this.groups) if (group.to.offset > to.offset) group.to = to;
    for (const next of this.waiting) if (next.type === "append" && next.to.offset > to.offset) next.to = to;
    this.waiting.push({ type: "cut", to, records: this.parts.index.records.length });
    this.cutting ??= this.workOffWaiting();
  }

  /** Writes nothing more and tells of nothing more. */
  stop(): void {
    this.stopped = true;
  }

  /** Resolves when everything queued is durable, or nothing will be. */
  async settled(): Promise<void> {
    while (this.cutting !== undefined) await this.cutting;
    await this.file.settled();
  }

  async close(): Promise<void> {
    await this.settled();
    this.stopped = true;
    await this.file.close();
  }

  private encode(entries: readonly Entry[]): Buffer {
    let text = "";
    for (const entry of entries) {
      assert(entry.index === this.end.last.index + 1, "entries are consecutive");
      assert(entry.term >= this.end.last.term, "terms only grow along the log");
      assert(entry.order === undefined || entry.order.number === this.end.orders, "order numbers are consecutive");
      const payload = encodePayload(entry);
      const chain = chainChecksum(this.end.chain, payload);
      const line = sealLine(payload, chain);
      this.parts.recent.add(entry, this.end);
      this.parts.index.note(this.end, entry);
      this.end = {
        last: { index: entry.index, term: entry.term },
        orders: this.end.orders + (entry.order === undefined ? 0 : 1),
        offset: this.end.offset + Buffer.byteLength(line),
        chain,
      };
      text += line;
    }
    return Buffer.from(text);
  }

  private write(bytes: Buffer, to: LogPoint): void {
    this.bytesWritten += bytes.length;
    this.groups.push({ bytesEnd: this.bytesWritten, to });
    this.file.append(bytes);
  }

  private finishGroups(bytes: number): void {
    if (this.stopped) return;
    const unfinished = this.groups.findIndex((group) => group.bytesEnd > bytes);
    const finished = this.groups.splice(0, unfinished < 0 ? this.groups.length : unfinished);
    const to = finished.at(-1)?.to;
    if (to === undefined || to.offset <= this.durable.offset) return;
    try {
      this.noteDurable(to);
    } catch (error) {
      this.fail(error as Error);
      return;
    }
    this.parts.onDurable(to.last);
  }

  private noteDurable(to: LogPoint): void {
    const { mark, index, indexFile } = this.parts;
    this.durable = to;
    mark.write(to.offset, to.last);
    indexFile.writeTo(index.countTo(to.last.index));
  }

  private async workOffWaiting(): Promise<void> {
    try {
      for (let next = this.waiting.shift(); next !== undefined && !this.stopped; next = this.waiting.shift()) {
        if (next.type === "cut") await this.cutFile(next.to, next.records);
        else this.write(next.bytes, next.to);
      }
    } catch (error) {
      this.fail(error as Error);
    } finally {
      this.cutting = undefined;
    }
  }

  private async cutFile(to: LogPoint, records: number): Promise<void> {
    const { disk, fd, mark, indexFile } = this.parts;
    await this.file.settled();
    if (this.stopped) return;
    mark.write(this.durable.offset, this.durable.last);
    await mark.sync();
    // Damage that was found meanwhile has set the files aside, as they were.
    if (this.stopped) return;
    await indexFile.cutTo(records);
    disk.truncate(fd, to.offset);
    await syncFile(disk, fd);
  }

  /** Something that the log depends on failed; nothing more is written. */
  fail(error: Error): void {
    if (this.stopped) return;
    this.stopped = true;
    this.parts.onFailed(error);
  }
}
