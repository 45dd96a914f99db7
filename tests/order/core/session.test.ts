import { describe, expect, test } from "bun:test";
import { Leadership } from "../../../services/order/core/leadership.ts";
import { Purchases } from "../../../services/order/core/purchases.ts";
import { Session } from "../../../services/order/core/session.ts";
import { order } from "./names.ts";
import { effectsOf, sharedOf } from "./parts.ts";
import { buy, counter, nextReserves, open, worksOf } from "./session-parts.ts";

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
    open(one, 5, 1);
    expect(one.session.isReady).toBe(false);
    open(one, 5, 2);
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

describe("an open session", () => {
  test("settles what is committed with the next message, before new reserves", () => {
    const one = counter();
    open(one, 5);
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
    open(one, 5);
    buy(one, "c:next");
    one.session.flush();
    one.session.onReplies(9, [{ ticket: 1, code: 1 }]);
    expect(one.shared.log.orders).toBe(5);
    one.session.onReplies(1, [{ ticket: 1, code: 1 }]);
    expect(one.shared.log.orders).toBe(6);
  });

  test("sends many reserves in parts, each when the one before is answered", () => {
    const one = counter({ limits: { reservesMax: 2 } });
    open(one, 5);
    one.shared.outbox.take();
    for (let n = 0; n < 5; n++) buy(one, `c:new-${n}`);
    const parts: number[] = [];
    for (let reserves = nextReserves(one); reserves.length > 0; reserves = nextReserves(one)) {
      parts.push(reserves.length);
      expect(nextReserves(one)).toEqual([]);
      const replies = reserves.map(({ ticket }) => ({ ticket, code: 1 as const }));
      one.session.onReplies(1, replies);
    }
    expect(parts).toEqual([2, 2, 1]);
  });

  test("settles with the next reserve, or with the tick", () => {
    const one = counter();
    open(one, 5);
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
    open(one, 5);
    one.session.onTick();
    expect(one.session.downForMs()).toBe(0);
    one.session.onClosed(1);
    one.shared.now += 700;
    expect(one.session.downForMs()).toBe(700);
  });

  test("that is suspended is closed from this side and opened again in time", () => {
    const one = counter();
    open(one, 5);
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
