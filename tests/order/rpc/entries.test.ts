import { describe, expect, test } from "bun:test";
import type { Run } from "../../../gen/toystore/recovery/v1/recovery_pb.ts";
import type { Entry, LogIndex, OrderNumber, Term } from "../../../services/order/core/types.ts";
import { toColumns } from "../../../services/order/rpc/translate/columns.ts";
import { fromRuns, toRuns } from "../../../services/order/rpc/translate/entries.ts";

describe("entries", () => {
  const entry = (index: number, term: number, number?: number): Entry => {
    const order = { number: number as OrderNumber, product: "Tux", quantity: 1, key: `u:${number}` };
    return { index: index as LogIndex, term: term as Term, order: number === undefined ? undefined : order };
  };

  const orders = toColumns([{ key: "u:0", product: "Tux", quantity: 1 }]);
  const run: Run = { $typeName: "toystore.recovery.v1.Run", term: 1n, firstNumber: 0n, orders };

  test("travel in one run for each term, its opening apart", () => {
    const entries = [entry(1, 1), entry(2, 1, 0), entry(3, 1, 1), entry(4, 2), entry(5, 2, 2), entry(6, 3, 3)];
    const runs = toRuns(entries);
    expect(runs.map((each) => [each.term, each.firstNumber, each.orders?.keys])).toEqual([
      [1n, 0n, undefined],
      [1n, 0n, "u:0\nu:1"],
      [2n, 0n, undefined],
      [2n, 2n, "u:2"],
      [3n, 3n, "u:3"],
    ]);
    expect(fromRuns(0 as LogIndex, runs)).toEqual(entries);
  });

  test("in a run of no orders, or with numbers that are none, are malformed", () => {
    const empty = { ...run, orders: toColumns([]) };
    expect(() => fromRuns(0 as LogIndex, [empty])).toThrow("no orders");
    expect(() => fromRuns(0 as LogIndex, [{ ...run, firstNumber: 2n ** 53n }])).toThrow("not a count");
  });

  test.each([0, 2 ** 31])("with a quantity of %p are malformed", (quantity) => {
    const wrong = { ...run, orders: { ...orders, counts: [quantity] } };
    expect(() => fromRuns(0 as LogIndex, [wrong])).toThrow("not an order's quantity");
  });
});
