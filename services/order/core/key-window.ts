import { assert } from "../../lib/assert.ts";
import type { Key, OrderNumber } from "./types.ts";

/**
 * The keys of the last `keysMax` orders in the log, committed or not, with their
 * numbers. What an order pushes out does not come back when that order is cut:
 * a window of N keys through any cut has room for N and for all that may be cut.
 */
export class KeyWindow {
  private readonly numbers = new Map<Key, OrderNumber>();
  /** ring[n % keysMax] is the key of order n, for the last keysMax orders. */
  private readonly ring: (Key | undefined)[] = [];

  constructor(private readonly keysMax: number) {}

  get size(): number {
    return this.numbers.size;
  }

  find(key: Key): OrderNumber | undefined {
    return this.numbers.get(key);
  }

  /** Orders must come in ascending order of their numbers. */
  add(key: Key, number: OrderNumber): void {
    const slot = number % this.keysMax;
    // An array with a hole before its first element would be a slow one for ever.
    while (this.ring.length < slot) this.ring.push(undefined);
    this.forget(this.ring[slot], number - this.keysMax);
    this.ring[slot] = key;
    this.numbers.set(key, number);
  }

  /** Undoes the last add: the entry was cut. */
  remove(key: Key, number: OrderNumber): void {
    assert(this.numbers.get(key) === number, "only the key of the order that is cut can be removed");
    this.numbers.delete(key);
    this.ring[number % this.keysMax] = undefined;
  }

  private forget(key: Key | undefined, number: number): void {
    if (key !== undefined && this.numbers.get(key) === number) this.numbers.delete(key);
  }
}
