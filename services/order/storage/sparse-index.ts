import type { Entry, LogIndex, LogPosition } from "../core/types.ts";
import type { LogPoint } from "./codec.ts";
import { IndexRecords } from "./index-records.ts";

/** Where every 64th entry is, and every entry that opens a term. In memory; IndexFile keeps it on disk. */
export class SparseIndex {
  /** Ascending. */
  readonly records: IndexRecords;

  constructor(
    records: IndexRecords,
    private readonly every: number,
  ) {
    this.records = records.copy();
  }

  static empty(every: number): SparseIndex {
    return new SparseIndex(IndexRecords.none(), every);
  }

  /** Takes in the next entry of the log, if it is one to be noted. */
  note(before: LogPoint, entry: Entry): void {
    if (entry.index % this.every !== 0 && entry.term === before.last.term) return;
    this.records.push({ before, term: entry.term });
  }

  /** Forgets the entries after `index`. */
  cutAfter(index: LogIndex): void {
    this.records.cutTo(this.countTo(index));
  }

  /** How many records are of entries up to `index`. */
  countTo(index: number): number {
    return this.countWhile((nth) => this.records.indexBefore(nth) < index, index / this.every);
  }

  /** How many records have at most `orders` orders before them. */
  countWithOrders(orders: number): number {
    return this.countWhile((nth) => this.records.ordersBefore(nth) <= orders, orders / this.every);
  }

  termStarts(): LogPosition[] {
    const starts: LogPosition[] = [];
    for (let nth = 0; nth < this.records.length; nth++) {
      const record = this.records.opensTerm(nth) ? this.records.at(nth) : undefined;
      if (record !== undefined) starts.push({ index: (record.before.last.index + 1) as LogIndex, term: record.term });
    }
    return starts;
  }

  /**
   * How many records, from the first on, satisfy a condition that holds up to some
   * record and not after it. Begins where that is likely to be, and looks in steps
   * that double (Bentley and Yao, "An almost optimal algorithm for unbounded
   * searching", 1976): a few looks, where halving millions of records takes twenty.
   */
  private countWhile(holds: (nth: number) => boolean, guess: number): number {
    const { length } = this.records;
    // Records before `low` satisfy it, those from `high` on do not.
    let low = Math.min(Math.floor(guess), length);
    let high = low;
    for (let step = 1; low > 0 && !holds(low - 1); step *= 2) {
      high = low - 1;
      low = Math.max(0, high - step);
    }
    for (let step = 1; high < length && holds(high); step *= 2) {
      low = high + 1;
      high = Math.min(length, low + step);
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
