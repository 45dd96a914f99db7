import { describe, expect, test } from "bun:test";
import { Leadership } from "../../../services/order/core/leadership.ts";
import { type Check, Lookups } from "../../../services/order/core/lookups.ts";
import { Purchases } from "../../../services/order/core/purchases.ts";
import type { Shared } from "../../../services/order/core/shared.ts";
import { entriesOfTerm, index, order, orderNumber, replica, term, told } from "./names.ts";
import {
  caller,
  commitAll,
  effectsOf,
  openLeadership,
  propagateReply,
  repliesOf,
  type Surroundings,
  sharedOf,
} from "./parts.ts";

const byNumber = (number: number): Check => ({ type: "check-number", id: 1, number, forwarded: false });
const byKey = (key: string): Check => ({ type: "check-key", id: 1, key, forwarded: false });

interface Desk {
  readonly shared: Shared;
  readonly leadership: Leadership;
  readonly lookups: Lookups;
  readonly purchases: Purchases;
  readonly confirm: () => void;
}

/** Three orders, committed, at a leader of term 2. */
function desk(more: Surroundings = {}): Desk {
  const shared = sharedOf({ term: 2, entries: entriesOfTerm(1, 3), ...more });
  const leadership = openLeadership(shared);
  const confirm = (): void => leadership.onReply(replica(2), propagateReply(5, { term: term(2), sequence: 1e6 }));
  return { shared, leadership, lookups: new Lookups(shared), purchases: new Purchases(shared, leadership), confirm };
}

const codes = (shared: Shared): string[] => repliesOf(shared).map(({ code }) => code);

describe("a committed order", () => {
  test("is found by number and by key", () => {
    const { lookups } = desk();
    expect(lookups.committedNumber(byNumber(2))).toBe(orderNumber(2));
    expect(lookups.committedNumber(byKey("c:1"))).toBe(orderNumber(1));
    for (const nothing of [byNumber(3), byNumber(-1), byKey("c:9")]) {
      expect(lookups.committedNumber(nothing)).toBeUndefined();
    }
  });

  test("is not one before it is committed", () => {
    const shared = sharedOf({ entries: entriesOfTerm(1, 3) });
    shared.log.commitTo(index(3));
    expect(new Lookups(shared).committedNumber(byKey("c:2"))).toBeUndefined();
    expect(new Lookups(shared).committedNumber(byNumber(1))).toBe(orderNumber(1));
  });

  test("that is on disk only is answered when it has been read", () => {
    const shared = sharedOf({ limits: { tailEntriesMax: 2, recentOrdersMax: 2 } });
    for (const one of entriesOfTerm(1, 20)) {
      shared.log.append(one);
      shared.log.commitTo(one.index);
    }
    const lookups = new Lookups(shared);
    lookups.answerFrom(caller, byNumber(0), orderNumber(0));
    lookups.answerFrom(caller, byNumber(3), orderNumber(3));
    const [effect, ...others] = effectsOf(shared, "read-orders");
    expect(others).toEqual([]);
    expect(effect?.reads.map(({ number }) => number)).toEqual([orderNumber(0), orderNumber(3)]);
    for (const { token, number } of effect?.reads ?? []) lookups.onRead({ token, orders: [order(number)] });
    expect(repliesOf(shared)).toMatchObject([
      { call: "check", code: "ok", order: order(0) },
      { call: "check", code: "ok", order: order(3) },
    ]);
  });
});

describe("an order that is found", () => {
  test("by its number in memory brings those around it that are committed", () => {
    const shared = sharedOf({ entries: entriesOfTerm(1, 12) });
    shared.log.commitTo(index(11));
    new Lookups(shared).answerFrom(caller, byNumber(3), orderNumber(3));
    expect(repliesOf(shared)).toMatchObject([
      { code: "ok", order: told(order(3)), group: [...Array(10).keys()].map((n) => told(order(n))) },
    ]);
  });

  test("by its key in memory comes alone", () => {
    const shared = sharedOf({ entries: entriesOfTerm(1, 12) });
    shared.log.commitTo(index(11));
    new Lookups(shared).answerFrom(caller, byKey("c:8"), orderNumber(8));
    expect(repliesOf(shared)).toMatchObject([{ code: "ok", order: order(8), group: [order(8)] }]);
  });

  test("on the disk brings none that were not committed when they were read: they may have been replaced since", () => {
    const shared = sharedOf({ limits: { tailEntriesMax: 2, recentOrdersMax: 2 }, entries: entriesOfTerm(1, 6) });
    shared.log.commitTo(index(4));
    const lookups = new Lookups(shared);
    const groups: unknown[] = [];
    expect(lookups.read(orderNumber(0), (found, group) => groups.push([found, ...group]))).toBe(true);
    const [effect] = effectsOf(shared, "read-orders");
    expect(effect?.reads).toHaveLength(1);
    shared.log.commitTo(index(7));
    lookups.onRead({ token: effect?.reads[0]?.token ?? 0, orders: [0, 1, 2, 3, 4, 5].map((number) => order(number)) });
    expect(groups).toEqual([[order(0), order(0), order(1), order(2)]]);
  });
});

describe("not found", () => {
  test("is said after a confirmation", () => {
    const { shared, leadership, lookups, purchases, confirm } = desk();
    lookups.decide(caller, byNumber(7), leadership, purchases);
    expect(codes(shared)).toEqual([]);
    confirm();
    expect(codes(shared)).toEqual(["not-found"]);
  });

  test("is not said if the order was committed meanwhile", () => {
    const { shared, leadership, lookups, purchases, confirm } = desk();
    lookups.decide(caller, byNumber(3), leadership, purchases);
    leadership.append({ product: "Tux", quantity: 1, key: "c:3" });
    shared.log.commitTo(shared.log.last.index);
    confirm();
    expect(codes(shared)).toEqual(["ok"]);
  });

  test("waits for the term to open first", () => {
    const shared = sharedOf({ term: 2, entries: entriesOfTerm(1, 3) });
    const leadership = new Leadership(shared);
    const lookups = new Lookups(shared);
    lookups.decide(caller, byNumber(7), leadership, new Purchases(shared, leadership));
    expect(leadership.confirmations.size).toBe(0);
    commitAll(shared, leadership);
    lookups.onTermOpened();
    expect(leadership.confirmations.size).toBe(1);
  });

  test("is never said by a leader that was deposed: the question is handed back", () => {
    const { shared, leadership, lookups, purchases, confirm } = desk();
    lookups.decide(caller, byNumber(7), leadership, purchases);
    lookups.abandon();
    expect(codes(shared)).toEqual(["not-leader"]);
    confirm();
    expect(codes(shared)).toEqual([]);
  });
});

test("questions that wait are limited, whatever they wait for", () => {
  const { shared, leadership, lookups, purchases } = desk({ limits: { lookupsMax: 1 } });
  lookups.decide(caller, byNumber(7), leadership, purchases);
  lookups.decide(caller, byKey("c:9"), leadership, purchases);
  expect(codes(shared)).toEqual(["not-executed"]);
});
