import { describe, expect, test } from "bun:test";
import { OwnStock } from "../../../services/client/load/own-stock.ts";

describe("the stock that an only buyer expects", () => {
  test("falls by its own purchases and by nothing else", () => {
    const stock = new OwnStock();
    expect(stock.seen("Tux", 100)).toBeUndefined();
    stock.bought("Tux", 1);
    expect(stock.seen("Tux", 99)).toBeUndefined();
    stock.bought("Tux", 1);
    expect(stock.seen("Tux", 99)).toEqual({ type: "stale stock", name: "Tux", expected: 98, shown: 99 });
  });

  test("of one product says nothing about another", () => {
    const stock = new OwnStock();
    stock.seen("Tux", 100);
    stock.bought("Tux", 1);
    expect(stock.seen("Lego", 100)).toBeUndefined();
  });

  test("is not predicted at zero, where the catalog restocks", () => {
    const stock = new OwnStock();
    stock.seen("Tux", 1);
    stock.bought("Tux", 1);
    expect(stock.seen("Tux", 100)).toBeUndefined();
  });

  test("is unknown after a purchase of unknown outcome", () => {
    const stock = new OwnStock();
    stock.seen("Tux", 100);
    stock.unknown("Tux");
    expect(stock.seen("Tux", 99)).toBeUndefined();
  });

  test("forbids a refusal while there is enough", () => {
    const stock = new OwnStock();
    stock.seen("Tux", 5);
    expect(stock.refused("Tux", 1)).toMatchObject({ type: "stale stock", expected: 5 });
    expect(stock.refused("Lego", 1)).toBeUndefined();
  });
});
