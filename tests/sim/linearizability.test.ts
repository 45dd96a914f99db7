import { describe, expect, test } from "bun:test";
import { checkHistory, type Model, type Timed } from "./checks/linearizability.ts";
import { checkStock, type StockOp } from "./checks/stock-model.ts";

type Register = { readonly type: "write" | "read"; readonly value: number };

const register: Model<number, Register> = {
  initial: 0,
  step: (state, { type, value }) => (type === "write" ? value : value === state ? state : undefined),
  key: String,
};

const write = (value: number, invoked: number, returned: number): Timed<Register> => {
  return { op: { type: "write", value }, invoked, returned };
};
const read = (value: number, invoked: number, returned: number): Timed<Register> => {
  return { op: { type: "read", value }, invoked, returned };
};

describe("a history is linearizable", () => {
  const good: Record<string, Timed<Register>[]> = {
    "if nothing happened": [],
    "if everything happened one after the other": [write(1, 1, 2), read(1, 3, 4), write(2, 5, 6), read(2, 7, 8)],
    "if a read overlaps a write and sees the old value": [write(1, 1, 4), read(0, 2, 3)],
    "if a read overlaps a write and sees the new value": [write(1, 1, 4), read(1, 2, 3)],
    "if overlapping writes took effect in the order that reads tell": [
      write(1, 1, 5),
      write(2, 2, 6),
      read(2, 7, 8),
      read(2, 9, 10),
    ],
    "if a write that was never answered took effect": [write(1, 1, Infinity), read(1, 5, 6)],
    "if a write that was never answered took effect late": [write(1, 1, Infinity), read(0, 2, 3), read(1, 5, 6)],
    "if a write that was never answered had no effect": [write(1, 1, Infinity), read(0, 5, 6), read(0, 7, 8)],
  };
  for (const [name, history] of Object.entries(good)) {
    test(name, () => {
      expect(checkHistory(register, history)).toBe("linearizable");
    });
  }
});

describe("a history is not linearizable", () => {
  const bad: Record<string, Timed<Register>[]> = {
    "if a read misses a write that was answered before": [write(1, 1, 2), read(0, 3, 4)],
    "if a value is read that nobody wrote": [write(1, 1, 2), read(7, 3, 4)],
    "if one read sees a new value and a later one the old": [write(1, 1, 9), read(1, 2, 3), read(0, 4, 5)],
    "if two readers see two writes in different orders": [
      write(1, 1, 10),
      write(2, 2, 11),
      read(1, 3, 4),
      read(2, 5, 6),
      read(1, 7, 8),
    ],
    "if a write that was never answered is seen, and then no more": [
      write(1, 1, Infinity),
      read(1, 2, 3),
      read(0, 4, 5),
    ],
    "if a write is seen before it was asked for": [read(1, 1, 2), write(1, 3, 4)],
  };
  for (const [name, history] of Object.entries(bad)) {
    test(name, () => {
      expect(checkHistory(register, history)).toBe("not linearizable");
    });
  }
});

test("a search that takes too long is given up, not taken for an answer", () => {
  const history = Array.from({ length: 24 }, (_, at) => write(at, at, 1000 + at));
  expect(checkHistory(register, [...history, read(-1, 2000, 2001)], 1000)).toBe("undecided");
});

const at = (op: StockOp, invoked: number, returned: number): Timed<StockOp> => ({ op, invoked, returned });
const show = (quantity: number): StockOp => ({ type: "read", quantity });
const buy = (quantity: number): StockOp => ({ type: "buy", quantity });
const take = (purchase: number): StockOp => ({ type: "take", purchase, quantity: 1 });
const give = (purchase: number): StockOp => ({ type: "give", purchase, quantity: 1 });

describe("of one product's stock", () => {
  test("a read after a purchase shows it", () => {
    expect(checkStock([at(buy(2), 1, 2), at(show(8), 3, 4)], 10)).toBe("linearizable");
    expect(checkStock([at(buy(2), 1, 2), at(show(10), 3, 4)], 10)).toBe("not linearizable");
  });

  test("two purchases cannot have the last piece", () => {
    expect(checkStock([at(buy(1), 1, 3), at(buy(1), 2, 4)], 1)).toBe("not linearizable");
    const restock = at({ type: "restock", quantity: 1 }, 0, Infinity);
    expect(checkStock([at(buy(1), 1, 3), at(buy(1), 2, 4), restock], 1)).toBe("linearizable");
  });

  test("a purchase that was never acknowledged may have taken stock for a while and given it back", () => {
    const reads = [at(show(0), 2, 3), at(show(1), 4, 5)];
    const maybe = [at(take(1), 1, Infinity), at(give(1), 1.5, Infinity)];
    expect(checkStock(reads, 1)).toBe("not linearizable");
    expect(checkStock([...reads, ...maybe], 1)).toBe("linearizable");
  });

  test("it gives back no more than it took", () => {
    const maybe = [at(take(1), 1, Infinity), at(give(1), 1.5, Infinity)];
    expect(checkStock([at(show(2), 2, 3), ...maybe], 1)).toBe("not linearizable");
    expect(checkStock([at(show(1), 2, 3), at(show(0), 4, 5), at(show(1), 6, 7), at(show(0), 8, 9), ...maybe], 1)).toBe(
      "not linearizable",
    );
  });

  test("out of stock means that there was too little", () => {
    const refusal = (invoked: number): Timed<StockOp> =>
      at({ type: "out-of-stock", quantity: 2 }, invoked, invoked + 1);
    expect(checkStock([refusal(1)], 2)).toBe("not linearizable");
    expect(checkStock([refusal(3), at(buy(1), 1, 2)], 2)).toBe("linearizable");
  });
});
