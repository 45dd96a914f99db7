import { assert } from "../../lib/assert.ts";
import type { Random } from "../../lib/random.ts";
import { KeyWindow } from "./key-window.ts";
import type { Limits } from "./limits.ts";
import { RecentOrders } from "./recent-orders.ts";
import {
  beforeFirst,
  type Entry,
  type FoundOrder,
  type Key,
  type LogIndex,
  type LogPosition,
  noTerm,
  type Order,
  type OrderNumber,
  type Recovered,
  type Term,
} from "./types.ts";

type LogLimits = Pick<
  Limits,
  "tailEntriesMax" | "recentOrdersMax" | "recentNamesMax" | "groupUnitsMax" | "keysMax" | "cutEntriesMax"
>;

/**
 * What a replica knows of its log without reading its disk: the last entries,
 * the first index of every term, the keys of the last orders, and how far the
 * log is durable here and committed.
 *
 * committed <= last and durable <= last; whatever is above `committed` is in the tail.
 */
export class Log {
  /** Consecutive entries up to the last; tail[0] has index tailFirst. */
  private tail: Entry[] = [];
  private tailFirst = 1;
  private readonly termStarts: LogPosition[] = [];
  private readonly keys: KeyWindow;
  private readonly recent: RecentOrders;
  private lastPosition: LogPosition = { index: beforeFirst, term: noTerm };
  private orderCount = 0;
  private committedOrderCount = 0;
  private committedIndex = beforeFirst;
  private durableIndex = beforeFirst;

  constructor(
    recovered: Recovered | undefined,
    private readonly limits: LogLimits,
    random: Random,
  ) {
    this.keys = new KeyWindow(limits.keysMax + limits.cutEntriesMax, random);
    this.recent = new RecentOrders(limits);
    if (recovered !== undefined) this.recover(recovered);
  }

  private recover(recovered: Recovered): void {
    for (const start of recovered.termStarts) this.termStarts.push(start);
    this.tail = [...recovered.tail];
    this.tailFirst = this.tail[0]?.index ?? recovered.last.index + 1;
    this.lastPosition = recovered.last;
    this.durableIndex = recovered.last.index;
    this.orderCount = recovered.orders;
    recovered.keys((bytes, start, end, number) => this.keys.addBytes(bytes, start, end, number));
    for (const { order } of this.tail) if (order !== undefined) this.keys.add(order.key, order.number);
  }

  /** The last entry, durable or not; index 0 and term 0 if there is none. */
  get last(): LogPosition {
    return this.lastPosition;
  }

  /** How many orders the log holds: the number of the next one. */
  get orders(): number {
    return this.orderCount;
  }

  /** Orders with a number below this are committed. */
  get committedOrders(): number {
    return this.committedOrderCount;
  }

  get committed(): LogIndex {
    return this.committedIndex;
  }

  /** Entries up to here are synced on this replica's disk. */
  get durable(): LogIndex {
    return this.durableIndex;
  }

  findKey(key: Key): OrderNumber | undefined {
    return this.keys.find(key);
  }

  /** The term of the entry at `index`; undefined beyond the last. */
  termAt(index: LogIndex): Term | undefined {
    if (index === beforeFirst) return noTerm;
    if (index > this.lastPosition.index) return undefined;
    return this.startBefore(index)?.term;
  }

  /** The last index at or below `index` whose term is at most `term`; 0 if there is none. */
  lastIndexWithin(term: Term, index: LogIndex): LogIndex {
    const limit = Math.min(index, this.lastPosition.index);
    for (let at = this.termStarts.length - 1; at >= 0; at--) {
      const start = this.termStarts[at];
      if (start === undefined || start.term > term || start.index > limit) continue;
      const next = this.termStarts[at + 1];
      return Math.min(limit, next === undefined ? limit : next.index - 1) as LogIndex;
    }
    return beforeFirst;
  }

  /** Up to `max` entries from `first` on; undefined if they are only on disk. */
  entriesFrom(first: LogIndex, max: number): Entry[] | undefined {
    if (first < this.tailFirst) return undefined;
    const from = first - this.tailFirst;
    return this.tail.slice(from, from + max);
  }

  /** The order with its key, committed or not, if its entry is still in memory. */
  orderInTail(number: OrderNumber): Order | undefined {
    // Each order behind it takes a place: the search can start before so many.
    for (let at = this.tail.length - (this.orderCount - number); at >= 0; at--) {
      const order = this.tail[at]?.order;
      if (order !== undefined && order.number <= number) return order.number === number ? order : undefined;
    }
    return undefined;
  }

  /** If that order is committed and in memory: it and its neighbours of which the same is true, consecutive. */
  recentGroup(number: OrderNumber): FoundOrder[] | undefined {
    return this.recent.group(number);
  }

  /** The lowest index that order `number` can have: every order before it takes one. */
  lowestIndexOf(number: number): LogIndex {
    return (number + 1) as LogIndex;
  }

  append(entry: Entry): void {
    assert(entry.index === this.lastPosition.index + 1, "entries are consecutive");
    assert(entry.term >= this.lastPosition.term, "terms only grow along the log");
    if (entry.term !== this.lastPosition.term) this.termStarts.push({ index: entry.index, term: entry.term });
    if (entry.order !== undefined) {
      assert(entry.order.number === this.orderCount, "order numbers are consecutive");
      this.keys.add(entry.order.key, entry.order.number);
      this.orderCount++;
    }
    this.tail.push(entry);
    this.lastPosition = { index: entry.index, term: entry.term };
    this.trim();
  }

  /** Cuts the uncommitted entries after `index`. */
  truncateAfter(index: LogIndex): void {
    assert(index >= this.committedIndex, "a committed entry is never cut");
    assert(index >= this.tailFirst - 1, "what may be cut is in memory");
    const kept = index - this.tailFirst + 1;
    for (let at = this.tail.length - 1; at >= kept; at--) this.undo(this.tail[at] as Entry);
    this.tail.length = kept;
    while ((this.termStarts.at(-1)?.index ?? 0) > index) this.termStarts.pop();
    this.lastPosition = { index, term: this.termStarts.at(-1)?.term ?? noTerm };
    if (this.durableIndex > index) this.durableIndex = index;
  }

  /** Takes over that the log is synced up to `position`, unless that was cut since. */
  markDurable(position: LogPosition): boolean {
    if (position.index <= this.durableIndex || this.termAt(position.index) !== position.term) return false;
    this.durableIndex = position.index;
    return true;
  }

  /**
   * Commits up to `index` (at most the last entry) and returns the orders that
   * became committed and are in memory. A replica that has just started does not
   * know what was committed before: until the index reaches its tail, it waits.
   */
  commitTo(index: LogIndex): Order[] {
    const target = Math.min(index, this.lastPosition.index) as LogIndex;
    if (target <= this.committedIndex || target < this.tailFirst - 1) return [];
    const orders: Order[] = [];
    for (let at = Math.max(this.committedIndex + 1, this.tailFirst); at <= target; at++) {
      const order = this.tail[at - this.tailFirst]?.order;
      if (order !== undefined) orders.push(order);
    }
    for (const order of orders) this.recent.add(order);
    this.committedIndex = target;
    this.committedOrderCount = this.ordersUpTo(target);
    this.trim();
    return orders;
  }

  private ordersUpTo(index: LogIndex): number {
    for (let at = index + 1 - this.tailFirst; at < this.tail.length; at++) {
      const order = this.tail[at]?.order;
      if (order !== undefined) return order.number;
    }
    return this.orderCount;
  }

  private undo(entry: Entry): void {
    if (entry.order === undefined) return;
    this.keys.remove(entry.order.key, entry.order.number);
    this.orderCount--;
  }

  /** Drops the older half once the tail is twice its limit, so that the cost is spread. */
  private trim(): void {
    if (this.tail.length < 2 * this.limits.tailEntriesMax) return;
    const keepFrom = Math.min(this.lastPosition.index - this.limits.tailEntriesMax, this.committedIndex) + 1;
    const dropped = keepFrom - this.tailFirst;
    if (dropped < this.limits.tailEntriesMax / 2) return;
    this.tail = this.tail.slice(dropped);
    this.tailFirst = keepFrom;
  }

  private startBefore(index: LogIndex): LogPosition | undefined {
    let low = 0;
    let high = this.termStarts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.termStarts[middle]?.index ?? Infinity) <= index) low = middle + 1;
      else high = middle;
    }
    return this.termStarts[low - 1];
  }
}
