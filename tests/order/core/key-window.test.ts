import { describe, expect, test } from "bun:test";
import { KeyWindow } from "../../../services/order/core/key-window.ts";
import { orderNumber as number } from "./names.ts";

function windowOf(keysMax: number, from: number, to: number): KeyWindow {
  const window = new KeyWindow(keysMax);
  for (let n = from; n < to; n++) window.add(`c:${n}`, number(n));
  return window;
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
    expect(window.size).toBe(3);
  });

  test("may begin at any order", () => {
    const window = windowOf(4, 1_000_003, 1_000_010);
    expect(window.find("c:1000009")).toBe(number(1_000_009));
    expect(window.find("c:1000005")).toBeUndefined();
    expect(window.size).toBe(4);
  });

  test("forgets the key of an order that is cut", () => {
    const window = windowOf(4, 0, 3);
    window.remove("c:2", number(2));
    expect(window.find("c:2")).toBeUndefined();
    window.add("c:other", number(2));
    expect(window.find("c:other")).toBe(number(2));
  });

  test("keeps the later order of a key that was used again after it was forgotten", () => {
    const window = windowOf(2, 0, 3);
    window.add("c:0", number(3));
    window.add("c:x", number(4));
    expect(window.find("c:0")).toBe(number(3));
    window.add("c:y", number(5));
    expect(window.find("c:0")).toBeUndefined();
  });

  test("refuses to forget an order that does not have the key", () => {
    const window = windowOf(4, 0, 3);
    expect(() => window.remove("c:1", number(2))).toThrow("only the key of the order that is cut");
  });
});
