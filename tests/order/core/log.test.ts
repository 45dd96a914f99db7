import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { seededRandom } from "../../../services/lib/random.ts";
import { defaultLimits } from "../../../services/order/core/limits.ts";
import { Log } from "../../../services/order/core/log.ts";
import type { Entry, Recovered } from "../../../services/order/core/types.ts";
import { keysOf } from "./keys.ts";
import { entriesOfTerm, entry, index, order, orderNumber, position, term } from "./names.ts";

const limits = { ...defaultLimits, tailEntriesMax: 4, recentOrdersMax: 100, keysMax: 100, cutEntriesMax: 4 };

function logOf(...entries: Entry[]): Log {
  const log = new Log(undefined, limits, seededRandom(7));
  for (const one of entries) log.append(one);
  return log;
}

function recovered(tail: readonly Entry[], more: Partial<Recovered>): Recovered {
  const last = tail.at(-1);
  return {
    storeId: "store-1",
    term: term(1),
    votedFor: undefined,
    voter: true,
    last: position(last?.index ?? 0, last?.term ?? 0),
    orders: 0,
    termStarts: [],
    tail,
    keys: () => undefined,
    ...more,
  };
}

describe("an empty log", () => {
  test("ends before the first entry", () => {
    const log = logOf();
    expect(log.last).toEqual(position(0, 0));
    expect(log.termAt(index(0))).toBe(term(0));
    expect(log.termAt(index(1))).toBeUndefined();
    expect(log.orders).toBe(0);
  });
});

describe("appending", () => {
  test("takes only what is consecutive: index, term and order number", () => {
    expect(() => logOf(entry(2, 1))).toThrow("entries are consecutive");
    expect(() => logOf(entry(1, 2), entry(2, 1))).toThrow("terms only grow");
    expect(() => logOf(entry(1, 1, 1))).toThrow("order numbers are consecutive");
  });

  test("tells the term of every index and the number of the next order", () => {
    const log = logOf(entry(1, 1), entry(2, 1, 0), entry(3, 4), entry(4, 4, 1), entry(5, 6));
    expect([1, 2, 3, 4, 5, 6].map((at) => log.termAt(index(at)))).toEqual([
      term(1),
      term(1),
      term(4),
      term(4),
      term(6),
      undefined,
    ]);
    expect(log.orders).toBe(2);
    expect(log.findKey("c:1")).toBe(orderNumber(1));
  });
});

describe("the last index within a term", () => {
  const log = logOf(entry(1, 1), entry(2, 1, 0), entry(3, 4), entry(4, 4, 1), entry(5, 6));

  test("is the term's end, or that of the nearest older term", () => {
    expect(log.lastIndexWithin(term(4), index(5))).toBe(index(4));
    expect(log.lastIndexWithin(term(3), index(5))).toBe(index(2));
    expect(log.lastIndexWithin(term(9), index(5))).toBe(index(5));
  });

  test("is not above the given index", () => {
    expect(log.lastIndexWithin(term(4), index(3))).toBe(index(3));
    expect(log.lastIndexWithin(term(6), index(4))).toBe(index(4));
    expect(log.lastIndexWithin(term(9), index(99))).toBe(index(5));
  });

  test("is 0 when all terms are newer", () => {
    expect(log.lastIndexWithin(term(0), index(5))).toBe(index(0));
  });
});

describe("cutting", () => {
  test("takes back entries with their orders, keys and terms", () => {
    const log = logOf(entry(1, 1), entry(2, 1, 0), entry(3, 2), entry(4, 2, 1));
    log.truncateAfter(index(2));
    expect(log.last).toEqual(position(2, 1));
    expect(log.orders).toBe(1);
    expect(log.findKey("c:1")).toBeUndefined();
    expect(log.termAt(index(3))).toBeUndefined();
    log.append(entry(3, 5, 1, "c:new"));
    expect(log.termAt(index(3))).toBe(term(5));
  });

  test("across several terms takes back each of them", () => {
    const log = logOf(entry(1, 1), entry(2, 1, 0), entry(3, 2), entry(4, 3), entry(5, 4, 1));
    log.truncateAfter(index(2));
    expect(log.last).toEqual(position(2, 1));
    log.append(entry(3, 5));
    expect([1, 2, 3, 4].map((at) => log.termAt(index(at)))).toEqual([term(1), term(1), term(5), undefined]);
  });

  test("never touches what is committed", () => {
    const log = logOf(entry(1, 1), entry(2, 1, 0));
    log.commitTo(index(2));
    expect(() => log.truncateAfter(index(1))).toThrow("a committed entry is never cut");
  });

  test("takes back what was durable, and a late report of it changes nothing", () => {
    const log = logOf(entry(1, 1), entry(2, 1, 0), entry(3, 1, 1));
    expect(log.markDurable(position(2, 1))).toBe(true);
    log.truncateAfter(index(1));
    expect(log.durable).toBe(index(1));
    log.append(entry(2, 3, 0, "c:new"));
    expect(log.markDurable(position(3, 1))).toBe(false);
    expect(log.markDurable(position(2, 1))).toBe(false);
    expect(log.durable).toBe(index(1));
    expect(log.markDurable(position(2, 3))).toBe(true);
  });

  test("can be of all that a leader may have under way, with the limits of production", () => {
    expect(defaultLimits.cutEntriesMax).toBeGreaterThan(defaultLimits.purchasesMax);
  });

  test("leaves the window of keys as long as it was promised", () => {
    const log = new Log(undefined, { ...limits, tailEntriesMax: 1, keysMax: 4 }, seededRandom(7));
    for (const one of entriesOfTerm(1, 8)) log.append(one);
    // Orders 4 to 7 are cut: the last four are now 0 to 3.
    log.truncateAfter(index(5));
    expect([0, 1, 2, 3].map((n) => log.findKey(`c:${n}`))).toEqual([0, 1, 2, 3].map(orderNumber));
  });
});

describe("committing", () => {
  test("returns the orders that became committed, once", () => {
    const log = logOf(...entriesOfTerm(1, 3));
    expect(log.commitTo(index(3))).toEqual([order(0), order(1)]);
    expect(log.committedOrders).toBe(2);
    expect(log.commitTo(index(2))).toEqual([]);
    expect(log.commitTo(index(99))).toEqual([order(2)]);
    expect(log.committed).toBe(index(4));
  });

  test("counts orders also when only opening entries follow", () => {
    const log = logOf(...entriesOfTerm(1, 2), entry(4, 2), entry(5, 3), entry(6, 3, 2));
    log.commitTo(index(4));
    expect(log.committedOrders).toBe(2);
    log.commitTo(index(6));
    expect(log.committedOrders).toBe(3);
  });

  test("does not believe an index below what a restarted replica has in memory", () => {
    const tail = [entry(9, 1, 7), entry(10, 1, 8)];
    const log = new Log(recovered(tail, { orders: 9, termStarts: [position(1, 1)] }), limits, seededRandom(7));
    expect(log.commitTo(index(5))).toEqual([]);
    expect(log.committed).toBe(index(0));
    expect(log.commitTo(index(9))).toEqual([order(7)]);
    expect(log.committedOrders).toBe(8);
  });
});

describe("the entries in memory", () => {
  test("shrink to the limit as they are committed, and the rest is on disk only", () => {
    const log = new Log(undefined, limits, seededRandom(7));
    for (const one of entriesOfTerm(1, 40)) {
      log.append(one);
      log.commitTo(one.index);
    }
    expect(log.entriesFrom(index(10), 5)).toBeUndefined();
    expect(log.entriesFrom(index(40), 5)).toEqual([entry(40, 1, 38), entry(41, 1, 39)]);
    expect(log.orderInTail(orderNumber(0))).toBeUndefined();
    expect(log.orderInTail(orderNumber(39))).toEqual(order(39));
    expect(log.termAt(index(1))).toBe(term(1));
  });

  test("stay while they are not committed, however many", () => {
    const log = logOf(...entriesOfTerm(1, 40));
    expect(log.entriesFrom(index(1), 100)).toHaveLength(41);
  });

  test("give at most what is asked for", () => {
    expect(logOf(...entriesOfTerm(1, 3)).entriesFrom(index(2), 2)).toEqual([entry(2, 1, 0), entry(3, 1, 1)]);
    expect(logOf(...entriesOfTerm(1, 3)).entriesFrom(index(5), 2)).toEqual([]);
  });

  test("find an order by number across entries that open terms", () => {
    const log = logOf(entry(1, 1), entry(2, 1, 0), entry(3, 2), entry(4, 3), entry(5, 3, 1), entry(6, 4));
    expect(log.orderInTail(orderNumber(0))).toEqual(order(0));
    expect(log.orderInTail(orderNumber(1))).toEqual(order(1));
    expect(log.orderInTail(orderNumber(2))).toBeUndefined();
  });

  test("find each order that is among them, wherever terms open", () => {
    const orders = 30;
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(orders)), fc.nat(orders), (openings, dropped) => {
        const log = new Log(undefined, { ...limits, tailEntriesMax: 1 }, seededRandom(7));
        const append = (number?: number): void =>
          log.append(entry(log.last.index + 1, log.last.term + (number === undefined ? 1 : 0), number));
        append();
        for (let number = 0; number < orders; number++) {
          if (openings.includes(number)) append();
          append(number);
          if (number === dropped) log.commitTo(log.last.index);
        }
        const all = Array.from({ length: log.last.index }, (_, at) => index(at + 1));
        const tail = log.entriesFrom(all.find((at) => log.entriesFrom(at, 1) !== undefined) ?? index(1), 100) ?? [];
        const inMemory = tail.flatMap((one) => one.order ?? []);
        for (let number = 0; number < orders; number++) {
          expect(log.orderInTail(orderNumber(number))).toEqual(inMemory.find((one) => one.number === number));
        }
      }),
    );
  });
});

describe("the recent orders around one", () => {
  const numbersOf = (log: Log, number: number): number[] | undefined =>
    log.recentGroup(orderNumber(number))?.map((one) => one.number);

  test("holds committed orders only, also after what was not committed has been replaced", () => {
    const log = logOf(...entriesOfTerm(1, 6));
    expect(numbersOf(log, 0)).toBeUndefined();
    log.commitTo(index(4));
    expect(numbersOf(log, 2)).toEqual([0, 1, 2]);
    expect(numbersOf(log, 3)).toBeUndefined();
    log.truncateAfter(index(4));
    log.append(entry(5, 2, 3));
    log.commitTo(index(5));
    expect(numbersOf(log, 3)).toEqual([0, 1, 2, 3]);
  });

  test("is there when the entries are not in memory any more, as far as it has room", () => {
    const log = new Log(undefined, { ...limits, recentOrdersMax: 10 }, seededRandom(7));
    for (const one of entriesOfTerm(1, 40)) {
      log.append(one);
      log.commitTo(one.index);
    }
    expect(numbersOf(log, 29)).toBeUndefined();
    expect(numbersOf(log, 30)).toEqual([30, 31]);
    expect(numbersOf(log, 33)).toEqual([32, 33, 34, 35, 36, 37, 38, 39]);
  });

  test("is there for what a log recovered with its entries, once it is known as committed", () => {
    const log = new Log(recovered([entry(4, 2, 2), entry(5, 2, 3)], { orders: 4 }), limits, seededRandom(7));
    expect(numbersOf(log, 3)).toBeUndefined();
    log.commitTo(index(5));
    expect(numbersOf(log, 3)).toEqual([2, 3]);
  });
});

describe("a recovered log", () => {
  test("goes on where the disk ended, durable and with its keys, but with nothing known as committed", () => {
    const tail = [entry(4, 2, 2), entry(5, 2, 3)];
    const log = new Log(
      recovered(tail, {
        orders: 4,
        termStarts: [position(1, 1), position(3, 2)],
        keys: keysOf([order(0), order(1)]),
      }),
      limits,
      seededRandom(7),
    );
    expect(log.last).toEqual(position(5, 2));
    expect(log.durable).toBe(index(5));
    expect(log.committed).toBe(index(0));
    expect([0, 1, 2, 3].map((n) => log.findKey(`c:${n}`))).toEqual([0, 1, 2, 3].map(orderNumber));
    log.append(entry(6, 2, 4));
    expect(log.orders).toBe(5);
  });
});
