import pLimit, { type LimitFunction } from "p-limit";
import { assert } from "../../lib/assert.ts";
import { DiskTrust } from "../../lib/disk-trust.ts";
import type { Entry, LogIndex, Order, OrderNumber } from "../core/types.ts";
import { type LogPoint, logTop } from "./codec.ts";
import { type Disk, readFully } from "./disk.ts";
import { findGroup } from "./find-group.ts";
import { ChunkReader, type Fault, LogWalk, type VisitEntry, walkTo } from "./log-walk.ts";
import type { RecentEntries } from "./recent-entries.ts";
import type { SparseIndex } from "./sparse-index.ts";

export interface ReaderParts {
  readonly disk: Disk;
  readonly fd: number;
  readonly index: SparseIndex;
  readonly recent: RecentEntries;
  /** The end of what is on disk for good, as of now. */
  readonly durableEnd: () => LogPoint;
  readonly readsMax: number;
  /** Takes notice of a fault, and returns the error to give up with. */
  readonly onFault: (fault: Fault) => Error;
}

/** A block in the page cache takes a hundredth of it, one on a solid-state disk a tenth. */
const quickReadMs = 1;
/** Reads in place of one turn of the event loop take no longer; what is left goes to threads. */
const turnBudgetMs = 2;

/** Reads the log by index or order number, from memory or from the file, and verifies what comes from the file. */
export class LogReader {
  private readonly limit: LimitFunction;
  private readonly trust = new DiskTrust(quickReadMs);
  /** What was read in place; valid until the next time. */
  private buffer = Buffer.alloc(0);
  /** When the first read in place of this turn began. */
  private turnStartMs: number | undefined;
  private readonly underWay = new Set<Promise<unknown>>();
  /** Grows with each cut: a read that one overtook is repeated. */
  private cuts = 0;

  constructor(private readonly parts: ReaderParts) {
    this.limit = pLimit(parts.readsMax);
  }

  /** The file is about to be cut, or was. */
  noteCut(): void {
    this.cuts++;
  }

  async entries(first: LogIndex, entriesMax: number): Promise<Entry[]> {
    const { recent, index, durableEnd } = this.parts;
    const inMemory = recent.entriesFrom(first, entriesMax);
    if (inMemory !== undefined) return inMemory;
    const last = Math.min(first + entriesMax - 1, (recent.first ?? Infinity) - 1, durableEnd().last.index);
    if (last < first) return [];
    const entries: Entry[] = [];
    const { cuts } = this;
    const take: VisitEntry = (entry) => {
      if (entry.index >= first && entry.index <= last) entries.push(entry);
    };
    const from = this.blockStart(index.countTo(first));
    const end = this.blockEnd(index.countTo(last));
    const bytes = await this.read(from.offset, end);
    if (this.cuts !== cuts) return this.entries(first, entriesMax);
    const fault = examine(from, end, bytes, (walk, lines) => walk.read(lines, take));
    if (fault !== undefined) throw this.parts.onFault(fault);
    if (entries.length === entriesMax) return entries;
    return [...entries, ...(await this.entries((last + 1) as LogIndex, entriesMax - entries.length))];
  }

  /** Orders by their numbers, each with what is at hand of its group. */
  async groups(numbers: readonly OrderNumber[]): Promise<Order[][]> {
    const found: Order[][] = [];
    for (const number of numbers) {
      if (!this.mayReadNow()) break;
      found.push(this.groupNow(number));
    }
    if (found.length === numbers.length) return found;
    return [...found, ...(await Promise.all(numbers.slice(found.length).map((number) => this.group(number))))];
  }

  private async group(number: OrderNumber): Promise<Order[]> {
    const inMemory = this.parts.recent.group(number);
    if (inMemory !== undefined) return inMemory;
    const { from, end } = this.blockOfOrder(number);
    const { cuts } = this;
    const bytes = await this.read(from.offset, end);
    return this.cuts === cuts ? this.pick(number, from, end, bytes) : this.group(number);
  }

  /** Like `group`, in place. */
  private groupNow(number: OrderNumber): Order[] {
    const inMemory = this.parts.recent.group(number);
    if (inMemory !== undefined) return inMemory;
    const { from, end } = this.blockOfOrder(number);
    return this.pick(number, from, end, this.readNow(from.offset, end));
  }

  private mayReadNow(): boolean {
    if (!this.trust.isEarned) return false;
    const nowMs = performance.now();
    if (this.turnStartMs === undefined) {
      this.turnStartMs = nowMs;
      queueMicrotask(() => {
        this.turnStartMs = undefined;
      });
    }
    return nowMs - this.turnStartMs < turnBudgetMs;
  }

  private blockOfOrder(number: OrderNumber): { readonly from: LogPoint; readonly end: number } {
    const count = this.parts.index.countWithOrders(number);
    return { from: this.blockStart(count), end: this.blockEnd(count) };
  }

  /** The group from the bytes of the order's block. Throws if they are not what was written. */
  private pick(number: OrderNumber, from: LogPoint, end: number, bytes: Buffer | undefined): Order[] {
    const found = bytes === undefined ? undefined : findGroup(bytes, from, number);
    if (found !== undefined) return found;
    const fault = examine(from, end, bytes, (walk, lines) => walk.read(lines, () => undefined));
    assert(fault !== undefined, "an order that is asked for is in the log");
    throw this.parts.onFault(fault);
  }

  /** The place after entry `index`, which is in the log; a fault if the file does not tell it. */
  placeAfter(index: LogIndex): LogPoint | Fault {
    if (index === 0) return logTop;
    const inMemory = this.parts.recent.placeAfter(index);
    if (inMemory !== undefined) return inMemory;
    const count = this.parts.index.countTo(index);
    const walk = new LogWalk(this.blockStart(count));
    const end = this.blockEnd(count);
    let place: LogPoint | undefined;
    const reader = new ChunkReader(this.parts.disk, this.parts.fd, end - walk.offset);
    const visit: VisitEntry = (entry) => {
      if (entry.index === index + 1) place = walk.point();
    };
    const fault = walkTo(reader, walk, end, (bytes) => walk.read(bytes, visit));
    return fault ?? place ?? walk.point();
  }

  /** Resolves when no read is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  /** Where the block begins whose record is the last of the first `count`. */
  private blockStart(count: number): LogPoint {
    return this.parts.index.records.at(count - 1)?.before ?? logTop;
  }

  /** Where that block ends. */
  private blockEnd(count: number): number {
    const { records } = this.parts.index;
    const durableEnd = this.parts.durableEnd().offset;
    return count < records.length ? Math.min(records.offset(count), durableEnd) : durableEnd;
  }

  private async read(from: number, end: number): Promise<Buffer | undefined> {
    const reading = this.limit(() => this.readBytes(from, end));
    this.underWay.add(reading);
    try {
      return await reading;
    } finally {
      this.underWay.delete(reading);
    }
  }

  /** Like `read`, in place; the bytes are valid until the next time. */
  private readNow(from: number, end: number): Buffer | undefined {
    const { disk, fd } = this.parts;
    if (this.buffer.length < end - from) this.buffer = Buffer.allocUnsafe(2 * (end - from));
    const wanted = this.buffer.subarray(0, end - from);
    try {
      return wanted.subarray(
        0,
        this.trust.call(() => readFully(disk, fd, wanted, from)),
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EIO") return undefined;
      throw error;
    }
  }

  /** The bytes, fewer if the file ends before; undefined if the disk cannot read them back. */
  private async readBytes(from: number, end: number): Promise<Buffer | undefined> {
    const buffer = Buffer.allocUnsafe(end - from);
    let at = 0;
    while (at < buffer.length) {
      const bytes = await this.readOnce(buffer.subarray(at), from + at);
      if (bytes === undefined) return undefined;
      if (bytes === 0) break;
      at += bytes;
    }
    return buffer.subarray(0, at);
  }

  private readOnce(buffer: Buffer, offset: number): Promise<number | undefined> {
    const { disk, fd } = this.parts;
    const ended = this.trust.begin();
    return new Promise((resolve, reject) => {
      disk.readLater(fd, buffer, buffer.length, offset, (error, bytes) => {
        ended();
        if (error === null) resolve(bytes);
        else if ((error as NodeJS.ErrnoException).code === "EIO") resolve(undefined);
        else reject(error);
      });
    });
  }
}

/** Takes a walk through what was read of a block, up to its end. */
function examine(
  from: LogPoint,
  end: number,
  bytes: Buffer | undefined,
  step: (walk: LogWalk, lines: Buffer) => Fault | undefined,
): Fault | undefined {
  const walk = new LogWalk(from);
  if (bytes === undefined) return walk.fault("it cannot be read (EIO)");
  return step(walk, bytes) ?? (walk.offset < end ? walk.fault("the line is incomplete") : undefined);
}
