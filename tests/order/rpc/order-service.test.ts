import { beforeEach, describe, expect, test } from "bun:test";
import { type Client, createClient, createRouterTransport, Code as RpcCode } from "@connectrpc/connect";
import { type CallBatch, Code, OrderService, type ReplyBatch } from "../../../gen/toystore/order/v1/order_pb.ts";
import { PushQueue } from "../../../services/lib/push-queue.ts";
import type { CallerId, Order, OrderNumber, Reply } from "../../../services/order/core/types.ts";
import { BeatSource } from "../../../services/order/rpc/beat.ts";
import { Callers } from "../../../services/order/rpc/callers.ts";
import { defaultRpcLimits, type RpcLimits } from "../../../services/order/rpc/limits.ts";
import { OrderServer } from "../../../services/order/rpc/order-service.ts";
import { errorOf, FakeReplica, replica1, replica2, until } from "./fake-replica.ts";

let replica: FakeReplica;
let callers: Callers;
let beat: BeatSource;
let server: OrderServer;
let client: Client<typeof OrderService>;

beforeEach(() => serve(defaultRpcLimits));

function serve(limits: RpcLimits): void {
  replica = new FakeReplica(replica1);
  callers = new Callers();
  beat = new BeatSource();
  server = new OrderServer(replica, callers, limits, beat);
  client = createClient(
    OrderService,
    createRouterTransport((router) => router.service(OrderService, server)),
  );
}

const order: Order = { number: 7 as OrderNumber, product: "Tux", quantity: 2, key: "u:1" };

const bought = (id: number): Reply => ({ id, call: "buy", code: "ok", order });

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

describe("a Calls stream", () => {
  let requests: PushQueue<CallBatch>;
  let replies: AsyncIterator<ReplyBatch>;
  let abort: AbortController;

  const open = async (): Promise<void> => {
    requests = new PushQueue(64);
    abort = new AbortController();
    replies = client.calls(requests, { signal: abort.signal })[Symbol.asyncIterator]();
    expect(await nextBatch()).toEqual([]);
  };

  const nextBatch = async () => {
    const { value, done } = await replies.next();
    if (done === true) return undefined;
    return value.replies;
  };

  const send = (...calls: CallBatch["calls"]): boolean =>
    requests.push({ $typeName: "toystore.order.v1.CallBatch", calls });

  const buy = (id: number, key = `u:${id}`): CallBatch["calls"][number] => ({
    $typeName: "toystore.order.v1.Call",
    id,
    call: {
      case: "buy",
      value: {
        $typeName: "toystore.order.v1.BuyRequest",
        key,
        product: "Tux",
        quantity: 1n,
        budgetMs: 9000,
        forwarded: true,
      },
    },
  });

  test("shows at once that somebody is there", async () => {
    await open();
    requests.end();
  });

  test("brings a batch as one event, and the replies of one drain back as one batch", async () => {
    await open();
    send(buy(1), buy(2));
    const { caller, calls } = await replica.next("calls");
    expect(calls).toMatchObject([
      { type: "buy", id: 1, budgetMs: 3000, forwarded: true },
      { type: "buy", id: 2 },
    ]);
    callers.reply(caller, [bought(2), bought(1)]);
    expect(await nextBatch()).toMatchObject([
      { id: 2, reply: { case: "buy", value: { code: Code.OK, orderNumber: 7n } } },
      { id: 1, reply: { case: "buy" } },
    ]);
    requests.end();
  });

  test("answers malformed calls itself and passes the others on", async () => {
    await open();
    const nothing: CallBatch["calls"][number] = {
      $typeName: "toystore.order.v1.Call",
      id: 3,
      call: { case: undefined },
    };
    send(buy(1, " "), buy(2), nothing);
    expect(await nextBatch()).toMatchObject([
      { id: 1, reply: { case: "buy", value: { code: Code.INVALID } } },
      { id: 3, reply: { case: "check", value: { code: Code.INVALID } } },
    ]);
    expect((await replica.next("calls")).calls.map((call) => call.id)).toEqual([2]);
    requests.end();
  });

  test("gives a sign of life on each beat, but not behind answers that wait", async () => {
    await open();
    beat.beat();
    expect(await nextBatch()).toEqual([]);
    send(buy(1));
    const { caller } = await replica.next("calls");
    callers.reply(caller, [bought(1)]);
    beat.beat();
    expect((await nextBatch())?.length).toBe(1);
    requests.end();
    expect(await nextBatch()).toBeUndefined();
  });

  test("whose caller sends no more ends when all is answered", async () => {
    await open();
    send(buy(1));
    requests.end();
    const { caller } = await replica.next("calls");
    callers.reply(caller, [bought(1)]);
    expect((await nextBatch())?.length).toBe(1);
    expect(await nextBatch()).toBeUndefined();
    expect((await replica.next("caller-gone")).caller).toBe(caller);
    expect(callers.size).toBe(0);
  });

  test("whose caller vanishes is forgotten", async () => {
    await open();
    send(buy(1));
    const { caller } = await replica.next("calls");
    abort.abort();
    expect((await replica.next("caller-gone")).caller).toBe(caller);
    expect(callers.size).toBe(0);
    callers.reply(caller, [bought(1)]);
  });

  test("with a batch beyond the limit is refused", async () => {
    serve({ ...defaultRpcLimits, callsPerBatchMax: 1 });
    await open();
    send(buy(1), buy(2));
    expect(await errorOf(replies.next())).toMatchObject({ code: RpcCode.InvalidArgument });
    expect(replica.rest).toEqual(["caller-gone"]);
  });

  test("whose answers are not taken is cut off", async () => {
    serve({ ...defaultRpcLimits, unsentReplyBytesMax: 1000 });
    await open();
    send(buy(1));
    const { caller } = await replica.next("calls");
    for (let id = 0; callers.size > 0; id++) callers.reply(caller, [bought(id)]);
    await replica.next("caller-gone");
    const reading = async (): Promise<void> => {
      while ((await nextBatch()) !== undefined);
    };
    expect(await errorOf(reading())).toMatchObject({ code: RpcCode.ResourceExhausted });
  });

  test("ends when the replica leaves", async () => {
    await open();
    server.close();
    expect(await nextBatch()).toBeUndefined();
    await until(() => callers.size === 0);
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
