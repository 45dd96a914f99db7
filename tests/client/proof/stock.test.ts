import { describe, expect, test } from "bun:test";
import { addsUp, restocksWithin, sumSold } from "../../../services/client/proof/stock.ts";

function account(before: number, sold: number, after: number, restocksMax = 1) {
  return { name: "Tux", before, sold, after, at: "a:1", restockQuantity: 100, restocksMax };
}

describe("the stock of a product adds up", () => {
  test.each([
    [100, 30, 70],
    [100, 0, 100],
    [100, 100, 0],
    [100, 100, 100],
    [100, 130, 70],
    [0, 1, 99],
  ])("if of %d, with %d sold, %d are left", (before, sold, after) => {
    expect(addsUp(account(before, sold, after))).toBeTrue();
  });

  test.each([
    ["more was sold than there was", account(2, 5, 0)],
    ["units vanished", account(100, 30, 69)],
    ["units came from nowhere", account(100, 30, 71)],
    ["it was restocked although it never stood at zero", account(100, 0, 200)],
    ["there was no time for so many restocks", account(100, 230, 70)],
    ["nothing restocks", { ...account(100, 130, 70), restockQuantity: 0 }],
  ])("but not if %s", (_, wrong) => {
    expect(addsUp(wrong)).toBeFalse();
  });

  test("units sold are summed by product, and an interval has room for one restock more than whole ones", () => {
    const orders = [
      { number: 0, name: "Tux", quantity: 2 },
      { number: 1, name: "Lego", quantity: 1 },
      { number: 2, name: "Tux", quantity: 3 },
    ];
    expect([...sumSold(orders)]).toEqual([
      ["Tux", 5],
      ["Lego", 1],
    ]);
    expect([restocksWithin(0, 10), restocksWithin(25_000, 10)]).toEqual([1, 3]);
  });
});
