import { expect, test } from "bun:test";
import { FoundOrders } from "../../../services/front-end/http/found-orders.ts";

test("an order that was found is kept", () => {
  const found = new FoundOrders({ storeId: "a" });
  found.keep(7, "seven", "a");
  expect(found.get(7)).toBe("seven");
  expect(found.get(8)).toBeUndefined();
});

test("orders of another store are forgotten", () => {
  const orders = { storeId: "a" };
  const found = new FoundOrders(orders);
  found.keep(7, "seven of a", "a");
  orders.storeId = "b";
  expect(found.get(7)).toBeUndefined();
});

test("the answer of a store that was asked before another took its place is not kept", () => {
  const orders = { storeId: "a" };
  const found = new FoundOrders(orders);
  orders.storeId = "b";
  found.keep(7, "seven of a", "a");
  expect(found.get(7)).toBeUndefined();
});
