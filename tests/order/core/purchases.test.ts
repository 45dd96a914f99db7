import { describe, expect, test } from "bun:test";
import type { Leadership } from "../../../services/order/core/leadership.ts";
import { WorkBatch } from "../../../services/order/core/outbox.ts";
import { type Buy, deadlineOf, Purchases } from "../../../services/order/core/purchases.ts";
import type { Shared } from "../../../services/order/core/shared.ts";
import { caller, commitAll, openLeadership, repliesOf, type Surroundings, sharedOf } from "./parts.ts";

interface Counter {
  readonly shared: Shared;
  readonly leadership: Leadership;
  readonly purchases: Purchases;
  readonly buy: (key: string, more?: Partial<Buy>) => void;
  /** What goes to the catalog next. */
  readonly work: () => WorkBatch;
}

function counter(more: Surroundings = {}): Counter {
  const shared = sharedOf(more);
  const leadership = openLeadership(shared);
  const purchases = new Purchases(shared, leadership);
  let ids = 0;
  const buy = (key: string, body: Partial<Buy> = {}): void => {
    const call: Buy = {
      type: "buy",
      id: ++ids,
      key,
      product: "Tux",
      quantity: 1,
      budgetMs: 1000,
      forwarded: false,
      ...body,
    };
    purchases.add(caller, call, deadlineOf(shared, call));
  };
  const work = (): WorkBatch => {
    const batch = new WorkBatch();
    purchases.moveInto(batch);
    return batch;
  };
  return { shared, leadership, purchases, buy, work };
}

/** Commits what is in the log and tells the purchases. */
function commit({ shared, leadership, purchases }: Counter): void {
  const from = shared.log.committedOrders;
  commitAll(shared, leadership);
  for (let n = from; n < shared.log.committedOrders; n++) {
    const order = shared.log.orderInTail(n as never);
    if (order !== undefined) purchases.onCommitted(order);
  }
}

const codes = (shared: Shared): string[] => repliesOf(shared).map(({ id, code }) => `${id} ${code}`);

describe("a purchase", () => {
  test("reserves, is appended when the stock is set aside, and answered when it is committed", () => {
    const one = counter();
    one.buy("c:1");
    const [reserve] = one.work().reserves;
    expect(reserve).toEqual({ ticket: 1, key: "c:1", product: "Tux", quantity: 1 });
    one.purchases.onReserved(1, 1);
    expect(one.shared.log.findKey("c:1")).toBe(0 as never);
    expect(codes(one.shared)).toEqual([]);
    commit(one);
    expect(codes(one.shared)).toEqual(["1 ok"]);
    expect(one.purchases.size).toBe(0);
  });

  test("is refused as the catalog says, and its key is free again", () => {
    const one = counter();
    for (const key of ["c:1", "c:2", "c:3"]) one.buy(key);
    one.work();
    one.purchases.onReserved(1, -1);
    one.purchases.onReserved(2, -2);
    one.purchases.onReserved(3, -3);
    expect(codes(one.shared)).toEqual(["1 out-of-stock", "2 invalid-quantity", "3 unknown-product"]);
    expect(one.purchases.isUnderWay("c:1")).toBe(false);
  });

  test("is one for all who ask for it, and another body is refused", () => {
    const one = counter();
    one.buy("c:1");
    one.buy("c:1");
    one.buy("c:1", { quantity: 2 });
    one.buy("c:1", { product: "Lego" });
    expect(codes(one.shared)).toEqual(["3 key-reused", "4 key-reused"]);
    expect(one.work().reserves).toHaveLength(1);
    one.purchases.onReserved(1, 1);
    commit(one);
    expect(codes(one.shared)).toEqual(["1 ok", "2 ok"]);
  });

  test("is sent in batches of limited size, in the order they came", () => {
    const one = counter({ limits: { reservesMax: 2 } });
    for (const key of ["c:1", "c:2", "c:3"]) one.buy(key);
    const first = one.work().reserves;
    expect(first.map(({ key }) => key)).toEqual(["c:1", "c:2"]);
    expect(one.work().isEmpty).toBe(true);
    for (const { ticket } of first) one.purchases.onReserved(ticket, 1);
    expect(one.work().reserves.map(({ key }) => key)).toEqual(["c:3"]);
    expect(one.work().isEmpty).toBe(true);
  });
});

describe("a deadline", () => {
  test("is before the caller's, so that the answer arrives; a short one is halved", () => {
    const { shared } = counter();
    const call: Buy = { type: "buy", id: 1, key: "c:1", product: "Tux", quantity: 1, budgetMs: 3000, forwarded: false };
    expect(deadlineOf(shared, call)).toBe(1000 + 3000 - 150);
    expect(deadlineOf(shared, { ...call, budgetMs: 100 })).toBe(1050);
    expect(deadlineOf(shared, { ...call, budgetMs: 1e9 })).toBe(1000 + 3000 - 150);
  });

  test("drops what is not in the log; what was reserved goes back, and a late answer changes nothing", () => {
    const one = counter();
    one.buy("c:sent", { budgetMs: 100 });
    one.work();
    one.buy("c:waits", { budgetMs: 100 });
    one.shared.now += 100;
    one.purchases.expire();
    expect(codes(one.shared)).toEqual(["1 not-executed", "2 not-executed"]);
    expect(one.work()).toMatchObject({ returns: ["c:sent"], reserves: [] });
    one.purchases.onReserved(1, 1);
    expect(one.shared.log.orders).toBe(0);
  });

  test("is the longest of those who wait", () => {
    const one = counter();
    one.buy("c:1", { budgetMs: 100 });
    one.buy("c:1", { budgetMs: 2000 });
    one.shared.now += 200;
    one.purchases.expire();
    expect(codes(one.shared)).toEqual([]);
  });

  test("leaves alone what is in the log", () => {
    const one = counter();
    one.buy("c:1", { budgetMs: 100 });
    one.work();
    one.purchases.onReserved(1, 1);
    one.shared.now += 500;
    one.purchases.expire();
    expect(codes(one.shared)).toEqual([]);
  });
});

describe("a session that closes", () => {
  test("lets everything be asked again under new tickets; answers to old ones are void", () => {
    const one = counter();
    one.buy("c:1");
    one.work();
    one.purchases.onSessionClosed();
    const [again] = one.work().reserves;
    expect(again).toMatchObject({ ticket: 2, key: "c:1" });
    one.purchases.onReserved(1, 1);
    expect(one.shared.log.orders).toBe(0);
    one.purchases.onReserved(2, 1);
    expect(one.shared.log.orders).toBe(1);
  });

  test("asks nothing again for what is in the log", () => {
    const one = counter();
    one.buy("c:1");
    one.work();
    one.purchases.onReserved(1, 1);
    one.purchases.onSessionClosed();
    expect(one.work().isEmpty).toBe(true);
  });

  test("owes no return for what is given up before it is asked for again: the catalog puts that back unasked", () => {
    const one = counter();
    one.buy("c:1", { budgetMs: 100 });
    one.work();
    one.purchases.onSessionClosed();
    one.shared.now += 100;
    one.purchases.expire();
    expect(codes(one.shared)).toEqual(["1 not-executed"]);
    expect(one.work().isEmpty).toBe(true);
  });
});

describe("what is appended and not committed", () => {
  /** "c:in" and "c:log" are in the log, "c:asked" is asked for, "c:waits" is not, "c:done" and "c:refused" are over. */
  function mixed(): Counter {
    const one = counter();
    for (const key of ["c:done", "c:refused"]) one.buy(key);
    one.work();
    one.purchases.onReserved(1, 1);
    one.purchases.onReserved(2, -1);
    commit(one);
    one.buy("c:in");
    one.buy("c:log", { product: "Lego", quantity: 3 });
    one.work();
    one.purchases.onReserved(4, 1);
    one.purchases.onReserved(3, 1);
    one.buy("c:asked");
    one.work();
    one.buy("c:waits");
    one.shared.outbox.take();
    return one;
  }

  test("is all that is told to a catalog that may have forgotten it, under new tickets each time", () => {
    const { purchases } = mixed();
    const appended = [
      { key: "c:in", product: "Tux", quantity: 1 },
      { key: "c:log", product: "Lego", quantity: 3 },
    ];
    expect(purchases.appended()).toEqual(appended.map((body, at) => ({ ticket: 6 + at, ...body })));
    expect(purchases.appended()).toEqual(appended.map((body, at) => ({ ticket: 8 + at, ...body })));
  });

  test("is nothing where nothing is", () => {
    const one = counter();
    one.buy("c:1");
    one.work();
    expect(one.purchases.appended()).toEqual([]);
  });

  test.each([1, -1, -2, -3] as const)("is not changed by the catalog's answer, be it %d", (code) => {
    const one = mixed();
    const { orders } = one.shared.log;
    for (const { ticket } of one.purchases.appended()) one.purchases.onReserved(ticket, code);
    expect(one.shared.outbox.take()).toEqual([]);
    expect(one.shared.log.orders).toBe(orders);
    expect(one.purchases.appended().map(({ key }) => key)).toEqual(["c:in", "c:log"]);
    commit(one);
    expect(codes(one.shared)).toEqual(["4 ok", "3 ok"]);
    expect(one.purchases.appended()).toEqual([]);
  });

  test("does not make new purchases wait for its answer", () => {
    const one = counter();
    one.buy("c:1");
    one.work();
    one.purchases.onReserved(1, 1);
    one.purchases.onSessionClosed();
    expect(one.purchases.appended()).toHaveLength(1);
    one.buy("c:2");
    expect(one.work().reserves).toMatchObject([{ ticket: 3, key: "c:2" }]);
  });
});

describe("leadership that ends", () => {
  test("leaves what is in the log of unknown outcome, and the rest certainly not executed", () => {
    const one = counter();
    one.buy("c:1");
    one.work();
    one.purchases.onReserved(1, 1);
    one.buy("c:2");
    one.purchases.abandon();
    expect(codes(one.shared)).toEqual(["1 unknown-outcome", "2 not-leader"]);
  });

  test("calls back who waits for a purchase's end", () => {
    const one = counter();
    const ended: string[] = [];
    one.buy("c:1");
    one.purchases.whenEnded("c:1", () => ended.push("c:1"));
    one.purchases.whenEnded("c:none", () => ended.push("c:none"));
    one.purchases.abandon();
    expect(ended).toEqual(["c:1"]);
  });
});

describe("the limit", () => {
  test("counts every caller that waits, and frees its place when it is answered", () => {
    const one = counter({ limits: { purchasesMax: 2 } });
    one.buy("c:1");
    one.buy("c:1");
    one.buy("c:2");
    one.buy("c:1");
    expect(codes(one.shared)).toEqual(["3 not-executed", "4 unknown-outcome"]);
    one.work();
    one.purchases.onReserved(1, -1);
    one.shared.outbox.take();
    one.buy("c:2");
    expect(codes(one.shared)).toEqual([]);
  });
});
