import { describe, expect, test } from "bun:test";
import { Leadership } from "../../../services/order/core/leadership.ts";
import { Purchases } from "../../../services/order/core/purchases.ts";
import { Session } from "../../../services/order/core/session.ts";
import type { Shared } from "../../../services/order/core/shared.ts";
import type { CatalogWork, Reservation } from "../../../services/order/core/types.ts";
import { entriesOfTerm, order } from "./names.ts";
import { caller, commitAll, effectsOf, openLeadership, type Surroundings, sharedOf } from "./parts.ts";

interface Counter {
  readonly shared: Shared;
  readonly leadership: Leadership;
  readonly purchases: Purchases;
  readonly session: Session;
  readonly opened: (unsettled: readonly Reservation[], settledBelow: number, session?: number) => void;
}

/** Term 2 over five orders of term 1, all committed. */
function counter(more: Surroundings = {}): Counter {
  const shared = sharedOf({ term: 2, entries: entriesOfTerm(1, 5), ...more });
  const leadership = openLeadership(shared);
  const purchases = new Purchases(shared, leadership);
  const session = new Session(shared, leadership, purchases);
  session.onTick();
  const opened: Counter["opened"] = (unsettled, settledBelow, number = 1) => {
    session.onOpened({ type: "catalog-opened", session: number, unsettled, settledBelow });
  };
  return { shared, leadership, purchases, session, opened };
}

function buy({ purchases, shared }: Counter, key: string): void {
  const call = { type: "buy", id: 1, key, product: "Tux", quantity: 1, budgetMs: 1000, forwarded: false } as const;
  purchases.add(caller, call, shared.now + 1000);
}

const reservation = (key: string): Reservation => ({ key, product: "Tux", quantity: 1 });
const worksOf = (shared: Shared): CatalogWork[] => effectsOf(shared, "catalog-work").map(({ work }) => work);

describe("opening", () => {
  test("waits until the leader's term is open", () => {
    const shared = sharedOf({ term: 2 });
    const leadership = new Leadership(shared);
    const closed = new Session(shared, leadership, new Purchases(shared, leadership));
    closed.onTick();
    expect(effectsOf(shared, "open-catalog")).toEqual([]);
  });

  test("names the store, the term and a session that no earlier one had", () => {
    const one = counter();
    expect(effectsOf(one.shared, "open-catalog")).toMatchObject([{ storeId: "store-1", term: 2, session: 1 }]);
    one.session.onClosed(1);
    one.shared.now += one.shared.limits.catalogRetryMs;
    one.session.onTick();
    expect(effectsOf(one.shared, "open-catalog")).toMatchObject([{ session: 2 }]);
    const next = new Session(one.shared, one.leadership, one.purchases);
    next.onTick();
    expect(effectsOf(one.shared, "open-catalog")).toMatchObject([{ session: 3 }]);
  });

  test("takes nothing of an older session", () => {
    const one = counter();
    one.session.onClosed(1);
    one.shared.now += 1000;
    one.session.onTick();
    one.opened([], 5, 1);
    expect(one.session.isReady).toBe(false);
    one.opened([], 5, 2);
    expect(one.session.isReady).toBe(true);
    one.session.onClosed(1);
    expect(one.session.isReady).toBe(true);
  });

  test("is not repeated at once after a failure", () => {
    const one = counter();
    one.session.onClosed(1);
    one.shared.outbox.take();
    one.shared.now += one.shared.limits.catalogRetryMs - 1;
    one.session.onTick();
    expect(effectsOf(one.shared, "open-catalog")).toEqual([]);
  });
});

describe("the list of unsettled reservations", () => {
  test("is disposed of before the first reserve: settled in order, or returned", () => {
    const one = counter();
    buy(one, "c:mine");
    one.opened([reservation("c:3"), reservation("c:lost"), reservation("c:mine")], 3);
    one.session.flush();
    expect(worksOf(one.shared)).toEqual([
      { settles: [order(3), order(4)], returns: [], reserves: [] },
      { settles: [], returns: ["c:lost"], reserves: [] },
      { settles: [], returns: [], reserves: [{ ticket: 1, key: "c:mine", product: "Tux", quantity: 1 }] },
    ]);
  });

  test("holds nothing back when there is nothing to do", () => {
    const one = counter();
    one.opened([], 5);
    expect(one.session.isReady).toBe(true);
    expect(worksOf(one.shared)).toEqual([]);
  });

  test("may be as long as the log: it is replayed from the disk, in ranges, and nothing is reserved meanwhile", () => {
    const one = counter({ entries: entriesOfTerm(1, 30), limits: { tailEntriesMax: 2, settlesMax: 10 } });
    one.shared.log.commitTo(one.shared.log.last.index);
    for (let n = 30; n < 40; n++) one.leadership.append({ product: "Tux", quantity: 1, key: `c:${n}` });
    commitAll(one.shared, one.leadership);
    buy(one, "c:mine");
    one.shared.outbox.take();
    one.opened([], 20);
    one.session.flush();
    const [read] = effectsOf(one.shared, "read-entries");
    expect(read).toMatchObject({ first: 21, entriesMax: 10 });
    expect(one.session.isReady).toBe(false);
    one.session.onRead((read?.token ?? 0) + 1, entriesOfTerm(1, 30).slice(20));
    expect(worksOf(one.shared)).toEqual([]);
    one.session.onRead(read?.token ?? -1, entriesOfTerm(1, 30).slice(20, 30));
    const settled = worksOf(one.shared).flatMap(({ settles }) => settles.map(({ number }) => number as number));
    expect(settled.slice(0, 9)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28]);
  });

  test("of a catalog that knows more than the log closes the session", () => {
    const one = counter();
    one.shared.outbox.take();
    one.opened([], 6);
    expect(one.session.isReady).toBe(false);
    const effects = one.shared.outbox.take();
    expect(effects.map(({ type }) => type)).toEqual(["notice", "close-catalog"]);
    one.shared.now += one.shared.limits.catalogRefusedMs - 1;
    one.session.onTick();
    expect(effectsOf(one.shared, "open-catalog")).toEqual([]);
    one.shared.now += 1;
    one.session.onTick();
    expect(effectsOf(one.shared, "open-catalog")).toHaveLength(1);
  });
});

describe("an open session", () => {
  test("settles what is committed with the next message, before new reserves", () => {
    const one = counter();
    one.opened([], 5);
    one.shared.outbox.take();
    one.session.onCommitted(order(5));
    buy(one, "c:next");
    one.session.flush();
    expect(worksOf(one.shared)).toMatchObject([{ settles: [{ number: 5 }], reserves: [{ key: "c:next" }] }]);
    one.session.flush();
    expect(worksOf(one.shared)).toEqual([]);
  });

  test("takes answers of its own only", () => {
    const one = counter();
    one.opened([], 5);
    buy(one, "c:next");
    one.session.flush();
    one.session.onReplies(9, [{ ticket: 1, code: 1 }]);
    expect(one.shared.log.orders).toBe(5);
    one.session.onReplies(1, [{ ticket: 1, code: 1 }]);
    expect(one.shared.log.orders).toBe(6);
  });

  test("sends many reserves in parts, each when the one before is answered", () => {
    const one = counter({ limits: { reservesMax: 2 } });
    one.opened([], 5);
    one.shared.outbox.take();
    for (let n = 0; n < 5; n++) buy(one, `c:new-${n}`);
    const parts: number[] = [];
    for (let reserves = next(); reserves.length > 0; reserves = next()) {
      parts.push(reserves.length);
      expect(next()).toEqual([]);
      const replies = reserves.map(({ ticket }) => ({ ticket, code: 1 as const }));
      one.session.onReplies(1, replies);
    }
    expect(parts).toEqual([2, 2, 1]);

    function next(): CatalogWork["reserves"] {
      one.session.flush();
      return worksOf(one.shared).flatMap(({ reserves }) => reserves);
    }
  });

  test("settles with the next reserve, or with the tick", () => {
    const one = counter();
    one.opened([], 5);
    one.session.flush();
    one.shared.outbox.take();
    one.session.onCommitted(order(5));
    one.session.flush();
    expect(worksOf(one.shared)).toEqual([]);
    buy(one, "c:new");
    one.session.flush();
    expect(worksOf(one.shared)).toMatchObject([{ settles: [order(5)], reserves: [{ key: "c:new" }] }]);
    one.session.onCommitted(order(6));
    one.session.onTick();
    one.session.flush();
    expect(worksOf(one.shared)).toMatchObject([{ settles: [order(6)], reserves: [] }]);
  });

  test("is down from when it closed", () => {
    const one = counter();
    one.opened([], 5);
    one.session.onTick();
    expect(one.session.downForMs()).toBe(0);
    one.session.onClosed(1);
    one.shared.now += 700;
    expect(one.session.downForMs()).toBe(700);
  });

  test("that is suspended is closed from this side and opened again in time", () => {
    const one = counter();
    one.opened([], 5);
    one.shared.outbox.take();
    one.session.suspend(one.shared.now + 400);
    expect(effectsOf(one.shared, "close-catalog")).toHaveLength(1);
    one.shared.now += 399;
    one.session.onTick();
    expect(effectsOf(one.shared, "open-catalog")).toEqual([]);
    one.shared.now += 1;
    one.session.onTick();
    expect(effectsOf(one.shared, "open-catalog")).toHaveLength(1);
  });
});
