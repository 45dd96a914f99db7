import { expect, test } from "bun:test";
import { limits } from "../../../services/catalog/core/limits.ts";
import { Desk } from "./desk.ts";

function soldOut(): Desk {
  return new Desk({ Tux: 3, Whale: 5 }).afterGhost().open(1).reserve(1, "c:1", "Tux", 3);
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
