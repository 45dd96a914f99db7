import { describe, expect, test } from "bun:test";
import { type FakeOrder, startFakeStore } from "../fake-store.ts";
import { failFirst, shop, usual } from "./shop.ts";

describe("a store that lies ends with status 3 and the evidence", () => {
  test("a lost order", async () => {
    await using store = startFakeStore({ lies: { showOrder: (order) => (order.number === 5 ? undefined : order) } });
    const report = await shop(store, usual);
    expect(report.findings).toMatchObject([{ type: "lost", order: { number: 5, key: expect.any(String) } }]);
    expect(report.exitStatus).toBe(3);
  });

  test("a changed quantity, and a changed name", async () => {
    const change = (order: FakeOrder) => {
      if (order.number === 2) return { ...order, quantity: 2 };
      return order.number === 3 ? { ...order, name: "Brick" } : order;
    };
    await using store = startFakeStore({ lies: { showOrder: change } });
    const report = await shop(store, usual);
    expect(report.findings).toMatchObject([
      { type: "changed", order: { number: 2, quantity: 1 }, shown: { quantity: 2 } },
      { type: "changed", order: { number: 3 }, shown: { name: "Brick" } },
    ]);
    expect(report.exitStatus).toBe(3);
  });

  test("one number for two purchases", async () => {
    await using store = startFakeStore({ lies: { giveNumber: (number) => (number === 7 ? 6 : number) } });
    const report = await shop(store, `${usual} --products hot:Tux`);
    expect(report.findings).toMatchObject([{ type: "duplicate", first: { number: 6 }, second: { number: 6 } }]);
    expect(report.exitStatus).toBe(3);
  });

  test.each([4, 29])("a purchase executed twice, of 30 the one with number %d", async (doubled) => {
    await using store = startFakeStore({ lies: { doubles: (number) => number === doubled } });
    const report = await shop(store, "--n-repeats 30 --p 1 --exclusive");
    expect(report.findings).toContainEqual(
      expect.objectContaining({ type: "foreign", shown: expect.objectContaining({ number: doubled + 1 }) }),
    );
    expect(report.exitStatus).toBe(3);
  });

  test("a number that was never used", async () => {
    await using store = startFakeStore({ lies: { skips: (number) => number === 3 } });
    const report = await shop(store, usual);
    expect(report.findings).toContainEqual(expect.objectContaining({ type: "gap", number: 3 }));
    expect(report.exitStatus).toBe(3);
  });

  test("more sold than there was", async () => {
    await using store = startFakeStore({ stock: 10, lies: { oversells: true } });
    const report = await shop(store, "--mix buy=1 --verify --n-repeats 13 --products hot:Tux");
    expect(report.findings).toMatchObject([
      { type: "stock", account: { name: "Tux", before: 10, sold: 13, after: 0 } },
    ]);
    expect(report.exitStatus).toBe(3);
  });

  test("stock that does not show the shopper's own purchase", async () => {
    await using store = startFakeStore({ lies: { showQuantity: () => 100 } });
    const report = await shop(store, "--exclusive --p 1");
    expect(report.findings[0]).toMatchObject({ type: "stale stock", expected: 99, shown: 100 });
    expect(report.exitStatus).toBe(3);
  });

  test("a reply about another product", async () => {
    let lied = false;
    const interrupt = (request: Request) => {
      if (lied || !request.url.includes("/products/")) return undefined;
      lied = true;
      return Response.json({ data: { name: "Slinky", price: 1, quantity: 1 } });
    };
    await using store = startFakeStore({ lies: { interrupt } });
    const report = await shop(store, "--run-type session");
    expect(report.findings).toMatchObject([{ type: "wrong product", shown: "Slinky" }]);
    expect(report.exitStatus).toBe(3);
  });

  test("a repeated purchase whose key leads to another order", async () => {
    const failOnce = failFirst(500);
    const showByKey = (order: FakeOrder) => ({ ...order, number: order.number + 1 });
    await using store = startFakeStore({ lies: { interrupt: failOnce, showByKey } });
    const report = await shop(store, "--n-repeats 3 --p 1");
    expect(report.findings[0]).toMatchObject({ type: "twice", order: { number: 0 }, shown: { number: 1 } });
    expect(report.exitStatus).toBe(3);
  });
});
