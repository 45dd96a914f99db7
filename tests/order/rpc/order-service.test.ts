import { beforeEach, describe, expect, test } from "bun:test";
import { Code as RpcCode } from "@connectrpc/connect";
import { Code } from "../../../gen/toystore/order/v1/order_pb.ts";
import type { CallerId, Reply } from "../../../services/order/core/types.ts";
import { defaultRpcLimits } from "../../../services/order/rpc/limits.ts";
import { errorOf, replica2 } from "./fake-replica.ts";
import { bought, order, serveOrders } from "./served-orders.ts";

let { replica, callers, server, client } = serveOrders();

beforeEach(() => serve());

function serve(limits = defaultRpcLimits): void {
  ({ replica, callers, server, client } = serveOrders(limits));
}

describe("a unary Buy", () => {
  const request = { key: "u:1", product: "Tux", quantity: 2n };

  test("becomes a call of a caller of its own, and gets its reply", async () => {
    const response = client.buy(request);
    const { caller, calls } = await replica.next("calls");
    expect(calls).toEqual([
      { type: "buy", id: 1, key: "u:1", product: "Tux", quantity: 2, budgetMs: 3000, forwarded: false },
    ]);
    callers.reply(caller, [bought(1)]);
    expect(await response).toMatchObject({ code: Code.OK, orderNumber: 7n });
    expect(callers.size).toBe(0);
  });

  test("that is refused has no order number", async () => {
    const response = client.buy(request);
    const { caller } = await replica.next("calls");
    callers.reply(caller, [{ id: 1, call: "buy", code: "out-of-stock", order: undefined }]);
    expect(await response).toMatchObject({ code: Code.OUT_OF_STOCK, orderNumber: -1n });
  });

  test("has no longer to live than its deadline", async () => {
    const response = client.buy({ ...request, budgetMs: 2000 }, { timeoutMs: 1000 });
    const { caller, calls } = await replica.next("calls");
    const budgets = calls.map((call) => (call.type === "buy" ? call.budgetMs : 0));
    expect(budgets).toEqual([expect.any(Number)]);
    expect(budgets[0]).toBeLessThanOrEqual(1000);
    callers.reply(caller, [bought(1)]);
    await response;
  });

  test("with a malformed key is answered here", async () => {
    expect(await client.buy({ ...request, key: "" })).toMatchObject({ code: Code.INVALID, orderNumber: -1n });
    expect(replica.rest).toEqual([]);
  });

  test("whose caller goes away is forgotten", async () => {
    const abort = new AbortController();
    const response = client.buy(request, { signal: abort.signal });
    const { caller } = await replica.next("calls");
    abort.abort();
    expect((await replica.next("caller-gone")).caller).toBe(caller);
    expect(await errorOf(response)).toMatchObject({ code: RpcCode.Canceled });
    expect(callers.size).toBe(0);
  });

  test("beyond the number that may be under way is not executed", async () => {
    serve({ ...defaultRpcLimits, unaryCallsMax: 1 });
    const first = client.buy(request);
    const { caller } = await replica.next("calls");
    expect(server.callsUnderWay).toBe(1);
    expect(await client.buy({ ...request, key: "u:2" })).toMatchObject({ code: Code.NOT_EXECUTED });
    callers.reply(caller, [bought(1)]);
    expect((await first).code).toBe(Code.OK);
  });
});

describe("a unary Check", () => {
  test("finds an order by number", async () => {
    const response = client.check({ order: { case: "number", value: 7n } });
    const { caller, calls } = await replica.next("calls");
    expect(calls).toEqual([{ type: "check-number", id: 1, number: 7, forwarded: false }]);
    callers.reply(caller, [{ id: 1, call: "check", code: "ok", order }]);
    expect(await response).toMatchObject({ code: Code.OK, order: { number: 7n, product: "Tux", quantity: 2 } });
  });

  test("by key may find nothing", async () => {
    const response = client.check({ order: { case: "key", value: "c:1" } });
    const { caller, calls } = await replica.next("calls");
    expect(calls).toEqual([{ type: "check-key", id: 1, key: "c:1", forwarded: false }]);
    callers.reply(caller, [{ id: 1, call: "check", code: "not-found", order: undefined }]);
    expect(await response).toMatchObject({ code: Code.NOT_FOUND });
  });

  test("of nothing is invalid", async () => {
    expect(await client.check({})).toMatchObject({ code: Code.INVALID });
  });
});

describe("Ping", () => {
  test("tells how the replica is", async () => {
    expect(await client.ping({ pingNumber: 0 })).toMatchObject({
      componentId: 1,
      term: 3n,
      lastIndex: 12n,
      lastTerm: 2n,
      commitIndex: 11n,
      leaderId: 1,
      eligible: true,
      storeId: "store-a",
      serving: true,
    });
    expect(replica.rest).toEqual([]);
  });

  test("tells that nobody leads, and that there is no store yet, by 0 and nothing", async () => {
    replica.present = { ...replica.present, leader: undefined, storeId: undefined };
    expect(await client.ping({ pingNumber: 0 })).toMatchObject({ leaderId: 0, storeId: "" });
  });

  test("announces a nominee, and does not wait for the election", async () => {
    await client.ping({ pingNumber: 2 });
    expect(await replica.next("nominate")).toEqual({ type: "nominate", nominee: replica2 });
  });

  test("of a replica that cannot be is refused", async () => {
    expect(await errorOf(client.ping({ pingNumber: 4 }))).toMatchObject({ code: RpcCode.InvalidArgument });
  });
});

test("a reply to a caller who has gone reaches nobody", () => {
  const received: Reply[] = [];
  const caller = callers.add((replies) => received.push(...replies));
  callers.remove(caller);
  callers.reply(caller, [bought(1)]);
  callers.reply(99 as CallerId, [bought(1)]);
  expect(received).toEqual([]);
});
