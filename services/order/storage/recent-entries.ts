import { type Entry, firstOfGroup, type LogIndex, type Order, type OrderNumber, ordersPerRead } from "../core/types.ts";
import type { LogPoint } from "./codec.ts";
import type { PlacedEntry } from "./recover-log.ts";

/** The last entries of the log in memory: all that are not yet durable, and as many more as the limit allows. */
export class RecentEntries {
  /** Consecutive. */
  private placed: PlacedEntry[];

  constructor(
    tail: readonly PlacedEntry[],
    private readonly entriesMax: number,
  ) {
    this.placed = tail.slice(-entriesMax);
  }

  /** The index of the first one; undefined if there are none. */
  get first(): LogIndex | undefined {
    return this.placed[0]?.entry.index;
  }

  add(entry: Entry, before: LogPoint): void {
    this.placed.push({ entry, before });
  }

  /** Forgets the oldest, none above `durable`, when they are twice too many: the cost is spread. */
  trim(durable: LogIndex): void {
    const { first } = this;
    if (first === undefined || this.placed.length < 2 * this.entriesMax) return;
    const dropped = Math.min(this.placed.length - this.entriesMax, durable + 1 - first);
    if (dropped > 0) this.placed = this.placed.slice(dropped);
  }

  /** The place after entry `index` if the entry that follows it is here. */
  placeAfter(index: LogIndex): LogPoint | undefined {
    return this.placed[index + 1 - (this.first ?? Infinity)]?.before;
  }

  cutAfter(index: LogIndex): void {
    const kept = index + 1 - (this.first ?? 0);
    if (kept < this.placed.length) this.placed.length = Math.max(0, kept);
  }

  /** Up to `max` entries from `from` on; undefined if the first of them is not here any more. */
  entriesFrom(from: LogIndex, max: number): Entry[] | undefined {
    const { first } = this;
    if (first === undefined || from < first) return undefined;
    const at = from - first;
    return this.placed.slice(at, at + max).map(({ entry }) => entry);
  }

  /** If that order is here: it and what else is here of its group. */
  group(number: OrderNumber): Order[] | undefined {
    const first = firstOfGroup(number, ordersPerRead);
    const group: Order[] = [];
    for (let at = this.placeOfOrder(first); at < this.placed.length; at++) {
      const order = this.placed[at]?.entry.order;
      if (order === undefined || order.number < first) continue;
      if (order.number >= first + ordersPerRead) break;
      group.push(order);
    }
    return group.some((order) => order.number === number) ? group : undefined;
  }

  /** Where the order is if it is here: the last entry with at most `number` orders before it. At least 0. */
  private placeOfOrder(number: OrderNumber): number {
    let low = 0;
    let high = this.placed.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.placed[middle]?.before.orders ?? Infinity) <= number) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}
