import { expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import { logTop } from "../../../services/order/storage/codec.ts";
import { SparseIndex } from "../../../services/order/storage/sparse-index.ts";
import { LogMaker } from "./entries.ts";
import { recordsIn } from "./index-entries.ts";

const every = 4;

/** The index of a log in which the terms have so many orders each, and the entries in it. */
function indexOf(ordersOfTerms: readonly number[]): { index: SparseIndex; entries: number } {
  const index = SparseIndex.empty(every);
  const maker = new LogMaker();
  let before = logTop;
  for (const orders of ordersOfTerms) {
    for (const entry of [maker.open(), ...maker.many(orders)]) {
      index.note(before, entry);
      const last = { index: entry.index, term: entry.term };
      before = { ...before, last, orders: before.orders + (entry.order === undefined ? 0 : 1) };
    }
  }
  return { index, entries: before.last.index };
}

test("records are found by entry and by order as if all were looked at, wherever terms begin", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { maxLength: 12 }), (ordersOfTerms) => {
      const { index, entries } = indexOf(ordersOfTerms);
      const records = recordsIn(index.records);
      for (let at = 0; at <= entries + 3 * every; at++) {
        expect(index.countTo(at)).toBe(records.filter(({ before }) => before.last.index < at).length);
        expect(index.countWithOrders(at)).toBe(records.filter(({ before }) => before.orders <= at).length);
      }
    }),
  );
});

test("a record is found in a few looks, however many there are", () => {
  const { index } = indexOf([40_000, 3, 40_000]);
  const looks = spyOn(index.records, "ordersBefore");
  for (const order of [0, 1, 777, 39_999, 40_000, 40_005, 79_000]) {
    looks.mockClear();
    index.countWithOrders(order);
    expect(looks.mock.calls.length).toBeWithin(1, 8);
  }
});
