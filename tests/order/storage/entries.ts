import fc from "fast-check";
import type { Entry, LogIndex, Order, OrderNumber, ReplicaId, Term } from "../../../services/order/core/types.ts";

export const me = 1 as ReplicaId;

/** Names and keys that CSV must quote, or that take more than a byte a character, among plain ones. */
const products = ["Tux", "Barbie", 'The "big" Lego', "Slinky, steel", "Плюшевый мишка", "🧸", '"', ","];

/** What comes after a log: entries that continue it, readable by eye. */
export class LogMaker {
  constructor(
    private index = 0,
    private orders = 0,
    private term = 0,
  ) {}

  /** A maker that goes on after these entries. */
  static after(entries: readonly Entry[]): LogMaker {
    const orders = entries.filter(({ order }) => order !== undefined).length;
    return new LogMaker(entries.length, orders, entries.at(-1)?.term ?? 0);
  }

  open(term = this.term + 1): Entry {
    this.term = term;
    return { index: this.nextIndex(), term: term as Term, order: undefined };
  }

  order(product = products[this.orders % products.length] ?? "Tux"): Entry {
    const number = this.orders++ as OrderNumber;
    const quantity = (number % 3) + 1;
    const order: Order = { number, product, quantity, key: `c:${this.term}-${number}${number % 5 === 0 ? "," : ""}` };
    return { index: this.nextIndex(), term: this.term as Term, order };
  }

  many(count: number): Entry[] {
    return Array.from({ length: count }, () => this.order());
  }

  private nextIndex(): LogIndex {
    return ++this.index as LogIndex;
  }
}

/** A term and `count` orders. */
export function smallLog(count: number): Entry[] {
  const maker = new LogMaker();
  return [maker.open(), ...maker.many(count)];
}

const visible = fc.string({
  minLength: 1,
  maxLength: 132,
  unit: fc.integer({ min: 33, max: 126 }).map((c) => String.fromCharCode(c)),
});
const name = fc
  .string({ minLength: 1, maxLength: 128, unit: "binary" })
  .filter((text) => text.length <= 256 && !/\p{Cc}/u.test(text));

/** Any entry that the rules allow, alone. */
export const anyEntry: fc.Arbitrary<Entry> = fc.record({
  index: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map((n) => n as LogIndex),
  term: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map((n) => n as Term),
  order: fc.option(
    fc.record({
      number: fc.maxSafeNat().map((n) => n as OrderNumber),
      product: name,
      quantity: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      key: visible,
    }),
    { nil: undefined },
  ),
});
