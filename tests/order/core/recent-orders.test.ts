import { expect, test } from "bun:test";
import fc from "fast-check";
import { defaultLimits } from "../../../services/order/core/limits.ts";
import { RecentOrders } from "../../../services/order/core/recent-orders.ts";
import { type Order, ordersPerGroup } from "../../../services/order/core/types.ts";
import { order, orderNumber, told } from "./names.ts";

function recentOf(orders: readonly Order[], ordersMax = 1000): RecentOrders {
  const recent = new RecentOrders({ ...defaultLimits, recentOrdersMax: ordersMax });
  for (const one of orders) recent.add(one);
  return recent;
}

test("a group is what is here of the orders around, told without their keys", () => {
  const orders = [...Array(100).keys()].map((n) => order(n, `c:${n}`, `toy ${n % 7}`, 1 + (n % 5)));
  const recent = recentOf(orders);
  expect(recent.group(orderNumber(40))).toEqual(orders.slice(ordersPerGroup, 2 * ordersPerGroup).map(told));
  expect(recent.group(orderNumber(99))).toEqual(orders.slice(96).map(told));
  expect(recent.group(orderNumber(100))).toBeUndefined();
});

test("every group has its order in it, is consecutive and true, and weighs little, however long the names are", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(sizes, fc.nat(50), fc.integer({ min: 1, max: 100 }), (lengths, from, ordersMax) => {
      const orders = lengths.map((length, nth) => order(from + nth, "c:k", `${nth}`.padStart(length, "x"), nth + 1));
      const recent = recentOf(orders, ordersMax);
      for (const [nth, { number }] of orders.entries()) {
        const group = recent.group(number);
        if (nth < orders.length - ordersMax) {
          expect(group).toBeUndefined();
          continue;
        }
        const first = (group?.[0]?.number ?? Number.NaN) - from;
        expect(nth).toBeWithin(first, first + (group?.length ?? 0));
        expect(group).toEqual(orders.slice(first, first + (group?.length ?? 0)).map(told));
        expect(Math.floor((from + first) / ordersPerGroup)).toBe(Math.floor(number / ordersPerGroup));
        const units = group?.reduce((sum, { product }) => sum + product.length, 0) ?? Number.NaN;
        expect(units).toBeWithin(1, defaultLimits.groupUnitsMax + 1);
        // As many of those behind it as there is room for.
        const next = orders[first + (group?.length ?? 0)];
        if (next === undefined || next.number % ordersPerGroup === 0) continue;
        expect(units + next.product.length).toBeGreaterThan(defaultLimits.groupUnitsMax);
      }
    }),
  );
});
