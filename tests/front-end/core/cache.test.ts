import { expect, test } from "bun:test";
import fc from "fast-check";
import { Cache } from "../../../services/front-end/core/cache.ts";

test("the least recently used entry goes first", () => {
  const cache = new Cache<string, number>(2);
  cache.set("Tux", 1);
  cache.set("Lego", 2);
  expect(cache.get("Tux")).toBe(1);
  cache.set("Whale", 3);
  expect(cache.get("Lego")).toBeUndefined();
  expect(cache.get("Tux")).toBe(1);
  expect(cache.get("Whale")).toBe(3);
});

test("a cache of no entries keeps nothing", () => {
  const cache = new Cache<string, number>(0);
  cache.set("Tux", 1);
  expect(cache.get("Tux")).toBeUndefined();
  expect(cache.size).toBe(0);
});

type Step =
  | { do: "get"; name: string }
  | { do: "delete"; name: string }
  | { do: "set"; name: string; value: number }
  | { do: "clear" };

const name = fc.constantFrom("a", "b", "c", "d", "e");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("set" as const), name, value: fc.nat() }),
  fc.record({ do: fc.constant("get" as const), name }),
  fc.record({ do: fc.constant("delete" as const), name }),
  fc.record({ do: fc.constant("clear" as const) }),
);

test("it behaves as a list in order of use would", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.array(step, { maxLength: 60 }), (entriesMax, steps) => {
      const cache = new Cache<string, number>(entriesMax);
      let model: { name: string; value: number }[] = [];
      for (const one of steps) {
        if (one.do === "clear") {
          cache.clear();
          model = [];
          continue;
        }
        const known = model.find((entry) => entry.name === one.name);
        const others = model.filter((entry) => entry.name !== one.name);
        if (one.do === "delete") {
          cache.delete(one.name);
          model = others;
        } else if (one.do === "get") {
          expect(cache.get(one.name)).toBe(known?.value as number);
          if (known !== undefined) model = [...others, known];
        } else {
          cache.set(one.name, one.value);
          model = [...others, { name: one.name, value: one.value }].slice(-entriesMax || Number.POSITIVE_INFINITY);
          if (entriesMax === 0) model = [];
        }
        expect(cache.size).toBe(model.length);
      }
    }),
  );
});
