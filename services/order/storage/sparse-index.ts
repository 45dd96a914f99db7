import { chainChecksum } from "../../lib/checksum.ts";
import type { Entry, LogIndex, LogPosition, Term } from "../core/types.ts";
import type { LogPoint } from "./codec.ts";

/** Where an entry's line begins. */
export interface IndexRecord {
  /** The place before the entry. */
  readonly before: LogPoint;
  /** The entry's term. */
  readonly term: Term;
}

/** Five 64-bit floats (exact up to 2^53) and two 32-bit checksums, little-endian. */
export const recordBytes = 48;

export function encodeRecords(records: readonly IndexRecord[]): Buffer {
  const bytes = Buffer.alloc(records.length * recordBytes);
  records.forEach(({ before, term }, nth) => {
    const at = nth * recordBytes;
    bytes.writeDoubleLE(before.last.index, at);
    bytes.writeDoubleLE(before.last.term, at + 8);
    bytes.writeDoubleLE(before.orders, at + 16);
    bytes.writeDoubleLE(before.offset, at + 24);
    bytes.writeDoubleLE(term, at + 32);
    bytes.writeUInt32LE(before.chain, at + 40);
    bytes.writeUInt32LE(chainChecksum(0, bytes.subarray(at, at + 44)), at + 44);
  });
  return bytes;
}

/** The records up to the first that is not whole. */
export function decodeRecords(bytes: Buffer): IndexRecord[] {
  const records: IndexRecord[] = [];
  for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
    if (chainChecksum(0, bytes.subarray(at, at + 44)) !== bytes.readUInt32LE(at + 44)) break;
    const last = { index: bytes.readDoubleLE(at) as LogIndex, term: bytes.readDoubleLE(at + 8) as Term };
    const before = {
      last,
      orders: bytes.readDoubleLE(at + 16),
      offset: bytes.readDoubleLE(at + 24),
      chain: bytes.readUInt32LE(at + 40),
    };
    records.push({ before, term: bytes.readDoubleLE(at + 32) as Term });
  }
  return records;
}

/** Where every 64th entry is, and every entry that opens a term. In memory; IndexFile keeps it on disk. */
export class SparseIndex {
  /** Ascending. */
  readonly records: IndexRecord[];

  constructor(
    records: readonly IndexRecord[],
    private readonly every: number,
  ) {
    this.records = [...records];
  }

  /** Takes in the next entry of the log, if it is one to be noted. */
  note(before: LogPoint, entry: Entry): void {
    if (entry.index % this.every !== 0 && entry.term === before.last.term) return;
    this.records.push({ before, term: entry.term });
  }

  /** Forgets the entries after `index`. */
  cutAfter(index: LogIndex): void {
    this.records.length = this.countTo(index);
  }

  /** How many records are of entries up to `index`. */
  countTo(index: number): number {
    return this.countWhile((record) => record.before.last.index < index, index / this.every);
  }

  /** How many records have at most `orders` orders before them. */
  countWithOrders(orders: number): number {
    return this.countWhile((record) => record.before.orders <= orders, orders / this.every);
  }

  termStarts(): LogPosition[] {
    const starts: LogPosition[] = [];
    for (const { before, term } of this.records) {
      if (term !== before.last.term) starts.push({ index: (before.last.index + 1) as LogIndex, term });
    }
    return starts;
  }

  /**
   * How many records, from the first on, satisfy a condition that holds up to some
   * record and not after it. Begins where that is likely to be, and looks in steps
   * that double (Bentley and Yao, "An almost optimal algorithm for unbounded
   * searching", 1976): a few looks, where halving millions of records takes twenty.
   */
  private countWhile(holds: (record: IndexRecord) => boolean, guess: number): number {
    const { length } = this.records;
    const holdsAt = (place: number): boolean => holds(this.records[place] as IndexRecord);
    // Records before `low` satisfy it, those from `high` on do not.
    let low = Math.min(Math.floor(guess), length);
    let high = low;
    for (let step = 1; low > 0 && !holdsAt(low - 1); step *= 2) {
      high = low - 1;
      low = Math.max(0, high - step);
    }
    for (let step = 1; high < length && holdsAt(high); step *= 2) {
      low = high + 1;
      high = Math.min(length, low + step);
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holdsAt(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
