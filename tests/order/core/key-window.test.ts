import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Random, seededRandom } from "../../../services/lib/random.ts";
import { hashWords } from "../../../services/order/core/key-hash.ts";
import { KeyWindow } from "../../../services/order/core/key-window.ts";
import type { Key, OrderNumber } from "../../../services/order/core/types.ts";
import { orderNumber as number } from "./names.ts";

function windowOf(keysMax: number, from: number, to: number, random = seededRandom(7)): KeyWindow {
  const window = new KeyWindow(keysMax, random);
  for (let n = from; n < to; n++) window.add(`c:${n}`, number(n));
  return window;
}

/** All hashes begin alike: every key belongs at the same place of the table. */
function crowding(): Random {
  const random = seededRandom(7);
  let drawn = 0;
  return { float: () => (drawn++ % hashWords === 0 ? 0 : random.float()) };
}

/** What a window promises, said with a list. */
class Model {
  private readonly orders: { key: Key; number: OrderNumber; shown: boolean }[] = [];

  constructor(private readonly keysMax: number) {}

  find(key: Key): OrderNumber | undefined {
    return this.orders.findLast((order) => order.key === key && order.shown)?.number;
  }

  add(key: Key, n: OrderNumber): void {
    for (const order of this.orders) {
      if (order.key === key || order.number <= n - this.keysMax) order.shown = false;
    }
    this.orders.push({ key, number: n, shown: true });
  }

  /** The key of the last order, which goes; undefined if it is not shown, which a log never cuts. */
  cut(): Key | undefined {
    return this.orders.at(-1)?.shown ? this.orders.pop()?.key : undefined;
  }

  /** The next order's number is that of the last one plus one. */
  get size(): number {
    return this.orders.length;
  }
}

describe("a window of keys", () => {
  test("remembers the last keys and forgets older ones, one by one", () => {
    const window = windowOf(3, 0, 5);
    expect(["c:0", "c:1", "c:2", "c:3", "c:4"].map((key) => window.find(key))).toEqual([
      undefined,
      undefined,
      number(2),
      number(3),
      number(4),
    ]);
  });

  test("may begin at any order", () => {
    const window = windowOf(4, 1_000_003, 1_000_010);
    const found = Array.from({ length: 8 }, (_, nth) => window.find(`c:${1_000_003 + nth}`));
    expect(found).toEqual(
      [undefined, undefined, undefined, 6, 7, 8, 9, undefined].map(
        (digit) => digit && number(1_000_000 + digit),
      ) as OrderNumber[],
    );
  });

  test("forgets the key of an order that is cut", () => {
    const window = windowOf(4, 0, 3);
    window.remove("c:2", number(2));
    expect(window.find("c:2")).toBeUndefined();
    window.add("c:other", number(2));
    expect(window.find("c:other")).toBe(number(2));
  });

  test("does not remember again what an order pushed out that is cut", () => {
    const window = windowOf(4, 0, 5);
    window.remove("c:4", number(4));
    expect([0, 1, 2, 3, 4].map((n) => window.find(`c:${n}`))).toEqual([undefined, 1, 2, 3, undefined] as OrderNumber[]);
  });

  test("keeps the later order of a key that was used again after it was forgotten", () => {
    const window = windowOf(2, 0, 3);
    window.add("c:0", number(3));
    window.add("c:x", number(4));
    expect(window.find("c:0")).toBe(number(3));
    window.add("c:y", number(5));
    expect(window.find("c:0")).toBeUndefined();
  });

  test("keeps the later of two orders with one key when the earlier leaves it", () => {
    const window = windowOf(3, 0, 1);
    for (const [nth, key] of ["c:0", "c:x", "c:y"].entries()) window.add(key, number(nth + 1));
    expect(window.find("c:0")).toBe(number(1));
  });

  test("refuses to forget an order that does not have the key, or is not the last", () => {
    const window = windowOf(4, 0, 3);
    expect(() => window.remove("c:1", number(2))).toThrow("only the key of the last order");
    expect(() => window.remove("c:1", number(1))).toThrow("only the key of the last order");
  });

  test("refuses an order that does not follow", () => {
    expect(() => windowOf(4, 0, 3).add("c:9", number(9))).toThrow("consecutive");
  });

  test("refuses a key that is not ASCII: it could be taken for another", () => {
    const window = windowOf(4, 0, 3);
    expect(() => window.find("c:\u0130")).toThrow("ASCII");
    expect(() => window.addBytes(Buffer.from("c:é"), 0, 4, number(3))).toThrow("ASCII");
  });

  test("takes a key from bytes as it takes it from text", () => {
    const window = windowOf(4, 0, 3);
    window.addBytes(Buffer.from("...c:bytes..."), 3, 10, number(3));
    expect(window.find("c:bytes")).toBe(number(3));
    expect(window.find("c:byte")).toBeUndefined();
    expect(window.find("c:bytes.")).toBeUndefined();
  });

  test("of the size of production forgets at its size, and no key before", () => {
    const keysMax = 1_065_536;
    const from = 8_934_464;
    const window = windowOf(keysMax, from - 1, from + keysMax);
    let wrong = 0;
    for (let n = from; n < from + keysMax; n++) if (window.find(`c:${n}`) !== n) wrong++;
    expect(wrong).toBe(0);
    expect(window.find(`c:${from - 1}`)).toBeUndefined();
    expect(window.find(`c:${from + keysMax}`)).toBeUndefined();
  });

  test("whose table is as full as it may be loses no key to what is forgotten and cut, round after round", () => {
    const keysMax = 682;
    const window = new KeyWindow(keysMax, seededRandom(7));
    const random = seededRandom(8);
    const orders: Key[] = [];
    const gone: Key[] = [];
    let first = 0;
    let wrong = 0;
    for (let step = 1; step <= 20 * keysMax; step++) {
      if (random.float() < 0.2 && orders.length > first) {
        const cut = orders.pop() as Key;
        window.remove(cut, number(orders.length));
        gone.push(cut);
      } else {
        window.add(`c:${step}`, number(orders.length));
        orders.push(`c:${step}`);
        if (orders.length - first > keysMax) gone.push(orders[first++] as Key);
      }
      if (step % 100 !== 0) continue;
      for (let n = first; n < orders.length; n++) if (window.find(orders[n] as Key) !== n) wrong++;
      for (const key of gone.slice(-keysMax)) if (window.find(key) !== undefined) wrong++;
    }
    expect(wrong).toBe(0);
  });

  const sources: [name: string, random: () => Random][] = [
    ["random hashes", () => seededRandom(7)],
    ["hashes that crowd at one place", crowding],
  ];
  test.each(sources)("with %s shows what its promise says, whatever is added and cut", (_, random) => {
    // Few keys, some the beginning or a permutation of another, so that they come again and again.
    const keys = [
      "c:",
      "c:a",
      "c:b",
      "c:ab",
      "c:ba",
      "c:aab",
      "c:aba",
      "c:baa",
      "g:ab",
      "g:ba",
      "a:cb",
      `c:${"x".repeat(128)}`,
    ];
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...keys) },
      { weight: 1, arbitrary: fc.constant(undefined) },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(step, { maxLength: 60 }), (keysMax, steps) => {
        const window = new KeyWindow(keysMax, random());
        const model = new Model(keysMax);
        for (const key of steps) {
          if (key !== undefined) {
            window.add(key, number(model.size));
            model.add(key, number(model.size));
          } else {
            const last = model.cut();
            if (last !== undefined) window.remove(last, number(model.size));
          }
          expect(keys.map((one) => window.find(one))).toEqual(keys.map((one) => model.find(one)));
        }
      }),
      { numRuns: 300 },
    );
  });
});
