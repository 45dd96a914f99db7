import { expect, test } from "bun:test";
import fc from "fast-check";
import { NumberedRing } from "../../services/lib/numbered-ring.ts";

test("a ring has the order that came last of those that share a place, whatever its number, name and count", () => {
  const number = fc.oneof(fc.nat(30), fc.nat(2 ** 32 - 3));
  const order = fc.tuple(number, fc.string({ maxLength: 3 }), fc.nat(2 ** 31 - 1));
  fc.assert(
    fc.property(fc.array(order, { maxLength: 50 }), fc.integer({ min: 1, max: 9 }), (orders, rowsMax) => {
      const ring = new NumberedRing({ rowsMax, namesMax: 100 });
      const model = new Map<number, (typeof orders)[number]>();
      for (const one of orders) {
        ring.set(...one);
        model.set(one[0] % rowsMax, one);
      }
      for (const [one] of [...orders, [7]] as const) {
        const [there, name = "", count = 0] = model.get(one % rowsMax) ?? [];
        expect(ring.get(one)).toEqual(there === one ? { name, count } : undefined);
      }
    }),
  );
});

test("a ring that comes to know too many names forgets everything, again and again, and never takes one for another", () => {
  const rows = fc.array(fc.tuple(fc.nat(30), fc.constantFrom("a", "b", "c", "d", "e", "f")), { maxLength: 60 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 4 }), (all, namesMax) => {
      const ring = new NumberedRing({ rowsMax: 100, namesMax });
      const model = new Map<number, string>();
      const names = new Set<string>();
      for (const [number, name] of all) {
        if (!names.has(name) && names.size === namesMax) {
          model.clear();
          names.clear();
        }
        names.add(name);
        ring.set(number, name, number);
        model.set(number, name);
        for (let one = 0; one <= 30; one++) expect(ring.get(one)?.name).toBe(model.get(one));
      }
    }),
  );
});

test("a ring has no more names than there are places", () => {
  expect(() => new NumberedRing({ rowsMax: 100, namesMax: 65_537 })).toThrow("every name has a place");
});

test("a ring spells names as it was told to", () => {
  const ring = new NumberedRing({ rowsMax: 10, namesMax: 3 }, JSON.stringify);
  ring.set(1, 'a "name"', 1);
  expect(ring.get(1)?.name).toBe('"a \\"name\\""');
});
