import { expect, test } from "bun:test";
import fc from "fast-check";
import { RecentOrders } from "../../../services/order/core/recent-orders.ts";
import { type Order, ordersPerPage } from "../../../services/order/core/types.ts";
import { order, orderNumber, told } from "./names.ts";

function recentOf(orders: readonly Order[], ordersMax = 1000): RecentOrders {
  const recent = new RecentOrders(ordersMax);
  for (const one of orders) recent.add(one);
  return recent;
}

test("a page is what is here of the orders around, told without their keys", () => {
  const orders = [...Array(100).keys()].map((n) => order(n, `c:${n}`, `toy ${n % 7}`, 1 + (n % 5)));
  const recent = recentOf(orders);
  expect(recent.page(orderNumber(40))).toEqual(orders.slice(ordersPerPage, 2 * ordersPerPage).map(told));
  expect(recent.page(orderNumber(99))).toEqual(orders.slice(96).map(told));
  expect(recent.page(orderNumber(100))).toBeUndefined();
});

test("every page has its order in it, is consecutive and true, and weighs little, however long the names are", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(sizes, fc.nat(50), fc.integer({ min: 1, max: 100 }), (lengths, from, ordersMax) => {
      const orders = lengths.map((length, nth) => order(from + nth, "c:k", `${nth}`.padStart(length, "x"), nth + 1));
      const recent = recentOf(orders, ordersMax);
      for (const [nth, { number }] of orders.entries()) {
        const page = recent.page(number);
        if (nth < orders.length - ordersMax) {
          expect(page).toBeUndefined();
          continue;
        }
        const first = (page?.[0]?.number ?? Number.NaN) - from;
        expect(nth).toBeWithin(first, first + (page?.length ?? 0));
        expect(page).toEqual(orders.slice(first, first + (page?.length ?? 0)).map(told));
        expect(Math.floor((from + first) / ordersPerPage)).toBe(Math.floor(number / ordersPerPage));
        expect(page?.reduce((units, { product }) => units + product.length, 0)).toBeWithin(1, 1025);
      }
    }),
  );
});
