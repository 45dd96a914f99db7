import type {
  Entry,
  FoundOrder,
  LogIndex,
  LogPosition,
  Order,
  OrderNumber,
  ReplicaId,
  Term,
} from "../../../services/order/core/types.ts";

// Short ways to write branded values in tests.

export const replica = (id: number): ReplicaId => id as ReplicaId;
export const index = (at: number): LogIndex => at as LogIndex;
export const term = (number: number): Term => number as Term;
export const orderNumber = (number: number): OrderNumber => number as OrderNumber;
export const position = (at: number, inTerm: number): LogPosition => ({ index: index(at), term: term(inTerm) });

export function order(number: number, key = `c:${number}`, product = "Tux", quantity = 1): Order {
  return { number: number as OrderNumber, product, quantity, key };
}

/** What a look-up by number tells of it. */
export function told({ number, product, quantity }: Order): FoundOrder {
  return { number, product, quantity };
}

/** An entry with an order, or (without a number) one that opens its term. */
export function entry(at: number, inTerm: number, number?: number, key?: string): Entry {
  return { index: index(at), term: term(inTerm), order: number === undefined ? undefined : order(number, key) };
}

/** A log of one opening entry and then orders 0, 1, ..., all of one term: order n has index n + 2. */
export function entriesOfTerm(inTerm: number, orders: number): Entry[] {
  return [entry(1, inTerm), ...Array.from({ length: orders }, (_, n) => entry(n + 2, inTerm, n))];
}
