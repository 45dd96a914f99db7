import { describe, expect, test } from "bun:test";
import { limits } from "../../../services/catalog/core/limits.ts";
import { Desk } from "./desk.ts";

function soldOut(syncs = true): Desk {
  return new Desk({ Tux: 3, Whale: 5 }, syncs).afterGhost().open(1).reserve(1, "c:1", "Tux", 3);
}

test("a product at zero is at 100 again after 10 s, and only that", () => {
  const desk = soldOut().wait(9_500);
  expect(desk.product("Tux")).toMatchObject({ onHand: 100, restocked: 100, reserved: 3 });
  expect(desk.product("Whale")).toMatchObject({ onHand: 5, restocked: 0 });
  expect(desk.notices("restocked")).toMatchObject([{ products: 1 }]);
});

test("a restock invalidates caches and is read only when it is released", () => {
  const desk = soldOut().wait(9_480).lease(1).query("Tux").wait(20).query("Tux");
  expect(desk.answers).toEqual([]);
  const restocks = desk.log.filter(({ type }) => type === "restock");
  expect(restocks).toMatchObject([{ product: "Tux", quantity: 100 }]);
  expect(desk.acknowledge(1).answers).toMatchObject([{ quantity: 100 }]);
});

describe("new stock that a crash could take back", () => {
  test("counts as reserved: it is on hand, and read, when it is durable", () => {
    const desk = soldOut(false).wait(9_500);
    expect(desk.unsynced[0]).toMatchObject({ type: "restock", product: "Tux", quantity: 100 });
    expect(desk.product("Tux")).toMatchObject({ onHand: 0, reserved: 103, restocked: 100 });
    expect(desk.query("Tux").answers).toMatchObject([{ quantity: 0 }]);
    expect(desk.sync().product("Tux")).toMatchObject({ onHand: 100, reserved: 3, restocked: 100 });
    expect(desk.query("Tux").answers).toMatchObject([{ quantity: 100 }]);
  });

  test("is on hand only as far as the log is synced", () => {
    const desk = new Desk({ Tux: 0, Whale: 0 }, false).wait(10_000);
    const [first, second] = desk.unsynced.filter((change) => change.type === "restock");
    if (first === undefined || second === undefined) throw new Error("not both were restocked");
    desk.take({ type: "durable", position: first.position });
    expect(desk.product(first.product)).toMatchObject({ onHand: 100, reserved: 0 });
    expect(desk.product(second.product)).toMatchObject({ onHand: 0, reserved: 100 });
  });

  test("is not sold", () => {
    const desk = soldOut(false).wait(9_500).reserve(1, "c:2", "Tux", 1);
    expect(desk.replies).toEqual([{ ticket: 1, code: -1 }]);
    expect(desk.sync().reserve(1, "c:2", "Tux", 1).replies).toEqual([{ ticket: 1, code: 1 }]);
  });

  test("is not given back by a leader's replay", () => {
    const desk = soldOut(false).openUnreplayed(2).sync().wait(9_500);
    expect(desk.product("Tux")).toMatchObject({ onHand: 0, reserved: 103 });
    expect(desk.replay(2).product("Tux")).toMatchObject({ onHand: 3, reserved: 100 });
    expect(desk.sync().product("Tux")).toMatchObject({ onHand: 103, reserved: 0 });
  });

  test("is not sold to an order without a reservation: that is short of pieces", () => {
    const desk = soldOut(false).wait(9_500).settle(1, 0, "c:2", "Tux", 1);
    expect(desk.product("Tux")).toMatchObject({ onHand: 0, reserved: 103, sold: 1, adjusted: 1 });
    expect(desk.sync().product("Tux")).toMatchObject({ onHand: 100, reserved: 3 });
  });

  test("is asked for once, however long the sync takes", () => {
    const desk = soldOut(false).wait(40_000);
    expect(desk.log.filter(({ type }) => type === "restock")).toHaveLength(1);
    expect(desk.sync().product("Tux").onHand).toBe(100);
  });

  test("is gone after a power failure, and comes again", () => {
    const desk = new Desk({ Tux: 0 }, false).wait(10_000);
    expect(desk.restarted().product("Tux")).toMatchObject({ onHand: 0, restocked: 0 });
    expect(desk.restarted().wait(10_000).sync().product("Tux")).toMatchObject({ onHand: 100, restocked: 100 });
    expect(desk.sync().restarted().product("Tux")).toMatchObject({ onHand: 100, restocked: 100 });
  });
});

test("nothing is restocked when nothing is at zero", () => {
  expect(new Desk({ Tux: 1 }).wait(30_000).log).toEqual([]);
});

test("a restock never brings on hand and reserved together above 2^31-1", () => {
  const most = 2 ** 31 - 1;
  const desk = new Desk({ Tux: most }).afterGhost().open(1).reserve(1, "c:1", "Tux", most).wait(10_000);
  expect(desk.product("Tux")).toMatchObject({ onHand: 0, reserved: most, restocked: 0 });
});

test("a large catalog that is sold out is restocked some products at a time, each once", () => {
  const count = 2 * limits.restocksPerTickMax + 500;
  const desk = new Desk(Object.fromEntries(Array.from({ length: count }, (_, nth) => [`Toy ${nth}`, 0]))).wait(9_990);
  const restocks = [];
  for (let turn = 0; turn < 4; turn++) {
    desk.wait(10);
    const changes = desk.of("append").flatMap((append) => append.changes);
    restocks.push(changes.filter(({ type }) => type === "restock").length);
  }
  expect(restocks).toEqual([limits.restocksPerTickMax, limits.restocksPerTickMax, 500, 0]);
  expect(desk.product("Toy 7")).toMatchObject({ onHand: 100, restocked: 100 });
});

test("a product that has stock again before its turn comes is not restocked", () => {
  const toys = Array.from({ length: limits.restocksPerTickMax }, (_, nth) => `Toy ${nth}`);
  // The first that was sold out is the last to be looked at.
  const reserves = ["Tux", ...toys].map((product, ticket) => ({ ticket, key: `c:${product}`, product, quantity: 1 }));
  const desk = new Desk(Object.fromEntries(reserves.map(({ product }) => [product, 1]))).open(1).work(1, { reserves });
  desk.wait(10_000).work(1, { returns: ["c:Tux"] });
  expect(desk.wait(10).product("Tux")).toMatchObject({ onHand: 1, restocked: 0 });
  expect(desk.product("Toy 0")).toMatchObject({ onHand: 100, restocked: 100 });
});
