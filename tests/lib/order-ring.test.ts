import { expect, test } from "bun:test";
import fc from "fast-check";
import { OrderRing } from "../../services/lib/order-ring.ts";

test("a ring has the order that came last of those that share a place, whatever its number, name and quantity", () => {
  const number = fc.oneof(fc.nat(30), fc.nat(2 ** 32 - 3));
  const order = fc.tuple(number, fc.string({ maxLength: 3 }), fc.nat(2 ** 31 - 1));
  fc.assert(
    fc.property(fc.array(order, { maxLength: 50 }), fc.integer({ min: 1, max: 9 }), (orders, ordersMax) => {
      const ring = new OrderRing({ ordersMax, namesMax: 100 });
      const model = new Map<number, (typeof orders)[number]>();
      for (const one of orders) {
        ring.set(...one);
        model.set(one[0] % ordersMax, one);
      }
      for (const [one] of [...orders, [7]] as const) {
        const [there, name = "", quantity = 0] = model.get(one % ordersMax) ?? [];
        expect(ring.get(one)).toEqual(there === one ? { name, quantity } : undefined);
      }
    }),
  );
});

test("a ring that comes to know too many names forgets everything, and goes on", () => {
  const ring = new OrderRing({ ordersMax: 100, namesMax: 3 });
  for (let number = 0; number < 4; number++) ring.set(number, `product ${number}`, 1);
  for (let number = 0; number < 3; number++) expect(ring.get(number)).toBeUndefined();
  ring.set(9, "product 3", 2);
  expect(ring.get(3)).toEqual({ name: "product 3", quantity: 1 });
  expect(ring.get(9)).toEqual({ name: "product 3", quantity: 2 });
});

test("a ring spells names as it was told to", () => {
  const ring = new OrderRing({ ordersMax: 10, namesMax: 3 }, JSON.stringify);
  ring.set(1, 'a "name"', 1);
  expect(ring.get(1)?.name).toBe('"a \\"name\\""');
});
