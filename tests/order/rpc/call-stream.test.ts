import { beforeEach, describe, expect, test } from "bun:test";
import { toBinary } from "@bufbuild/protobuf";
import { Code as RpcCode } from "@connectrpc/connect";
import {
  type CallBatch,
  Code,
  type Purchases,
  type ReplyBatch,
  ReplyBatchSchema,
} from "../../../gen/toystore/order/v1/order_pb.ts";
import { PushQueue } from "../../../services/lib/push-queue.ts";
import { rpcLimits } from "../../../services/lib/rpc-limits.ts";
import { defaultLimits } from "../../../services/order/core/limits.ts";
import { type Order, ordersPerGroup, type Reply } from "../../../services/order/core/types.ts";
import { defaultRpcLimits } from "../../../services/order/rpc/limits.ts";
import { toColumns } from "../../../services/order/rpc/translate/columns.ts";
import { errorOf, until } from "./fake-replica.ts";
import { bought, order, serveOrders } from "./served-orders.ts";

let { replica, callers, beat, server, client } = serveOrders();

beforeEach(() => serve());

function serve(limits = defaultRpcLimits): void {
  ({ replica, callers, beat, server, client } = serveOrders(limits));
}

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
    return answersIn(value);
  };

  /** Ids and codes, as many as there are. */
  const answersIn = ({ outcomes }: ReplyBatch): { id: number; code: Code | undefined }[] =>
    outcomes?.ids.map((id, at) => ({ id, code: outcomes.codes[at] })) ?? [];

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
    const { value } = await replies.next();
    expect(value).toMatchObject({
      outcomes: { ids: [2, 1], codes: [Code.OK, Code.OK], orderNumbers: [7n, 7n] },
    });
    requests.end();
  });

  test("takes look-ups in columns, and tells what was found in columns", async () => {
    await open();
    const lookUps: CallBatch["lookUps"] = {
      $typeName: "toystore.order.v1.LookUps",
      ids: [1, 2, 3],
      numbers: [7n, -1n, 7n],
    };
    requests.push({ $typeName: "toystore.order.v1.CallBatch", calls: [], lookUps });
    const { caller, calls } = await replica.next("calls");
    expect(calls).toEqual([
      { type: "check-number", id: 1, number: 7, forwarded: false },
      { type: "check-number", id: 2, number: -1, forwarded: false },
      { type: "check-number", id: 3, number: 7, forwarded: false },
    ]);
    callers.reply(caller, [
      { id: 1, call: "check", code: "ok", order },
      { id: 2, call: "check", code: "not-found", order: undefined },
      { id: 3, call: "check", code: "ok", order: { ...order, product: "Whale" } },
    ]);
    expect((await replies.next()).value).toMatchObject({
      outcomes: { ids: [2], codes: [Code.NOT_FOUND], orderNumbers: [-1n] },
      found: { ids: [1, 3], numbers: [7n, 7n], products: ["Tux", "Whale"], productIndexes: [0, 1], quantities: [2, 2] },
    });
    requests.end();
  });

  test("cuts answers that are too much for one message, however long their names", async () => {
    await open();
    const asked = 4 * defaultRpcLimits.callsPerBatchMax;
    send(buy(1));
    const { caller } = await replica.next("calls");
    const orderAt = (number: number): Order => ({
      ...order,
      number: number as Order["number"],
      product: `${number}`.padEnd(defaultLimits.groupUnitsMax / ordersPerGroup, "\u{1f427}"),
    });
    const found = Array.from({ length: asked }, (_, id): Reply => {
      const group = Array.from({ length: ordersPerGroup }, (_one, nth) => orderAt(id * ordersPerGroup + nth));
      return { id, call: "check", code: "ok", order: group[0], group };
    });
    callers.reply(caller, found);
    let answered = 0;
    while (answered < asked) {
      const { value } = await replies.next();
      expect(toBinary(ReplyBatchSchema, value as ReplyBatch).length).toBeLessThan(rpcLimits.messageBytesMax);
      const { ids, quantities } = (value as ReplyBatch).found ?? { ids: [], quantities: [] };
      expect(quantities).toHaveLength(ids.length * ordersPerGroup);
      expect(ids[0]).toBe(answered);
      answered += ids.length;
    }
    requests.end();
  });

  test("whose columns of look-ups do not fit together is refused", async () => {
    await open();
    const lookUps: CallBatch["lookUps"] = { $typeName: "toystore.order.v1.LookUps", ids: [1], numbers: [] };
    requests.push({ $typeName: "toystore.order.v1.CallBatch", calls: [], lookUps });
    expect(await errorOf(replies.next())).toMatchObject({ code: RpcCode.InvalidArgument });
  });

  test("takes purchases in columns, beside other calls", async () => {
    await open();
    const origin: CallBatch["origin"] = { $typeName: "toystore.order.v1.Origin", frontEnd: 5n, attempt: 2n, term: 3n };
    const items = [
      { key: "u:1", product: "Tux", quantity: 1 },
      { key: "u: 2", product: "Tux", quantity: 1 },
      { key: "u:3", product: "Whale", quantity: 2 ** 40 },
    ];
    const orders = toColumns(items);
    const purchases: CallBatch["purchases"] = {
      $typeName: "toystore.order.v1.Purchases",
      ids: [1, 2, 3],
      budgetsMs: [100, 100, 0],
      orders,
    };
    requests.push({ $typeName: "toystore.order.v1.CallBatch", calls: [buy(4)], origin, purchases });
    expect(await nextBatch()).toEqual([{ id: 2, code: Code.INVALID }]);
    const from = { frontEnd: 5, attempt: 2, term: 3 };
    expect((await replica.next("calls")).calls).toMatchObject([
      { type: "buy", id: 1, key: "u:1", product: "Tux", quantity: 1, budgetMs: 100, forwarded: false, origin: from },
      { type: "buy", id: 3, key: "u:3", product: "Whale", quantity: 2 ** 32 - 1, budgetMs: 3000 },
      { type: "buy", id: 4, forwarded: true, origin: from },
    ]);
    requests.end();
  });

  test.each<[string, Partial<Purchases>]>([
    ["ids", { ids: [1, 2] }],
    ["budgets", { budgetsMs: [] }],
    ["orders", { orders: toColumns([]) }],
  ])("whose columns of purchases do not fit together (%s) is refused", async (_, wrong) => {
    await open();
    const orders = toColumns([{ key: "u:1", product: "Tux", quantity: 1 }]);
    const right: Purchases = { $typeName: "toystore.order.v1.Purchases", ids: [1], budgetsMs: [100], orders };
    const purchases = { ...right, ...wrong };
    requests.push({ $typeName: "toystore.order.v1.CallBatch", calls: [], purchases });
    expect(await errorOf(replies.next())).toMatchObject({ code: RpcCode.InvalidArgument });
  });

  test("answers malformed calls itself and passes the others on", async () => {
    await open();
    const nothing: CallBatch["calls"][number] = {
      $typeName: "toystore.order.v1.Call",
      id: 3,
      call: { case: undefined },
    };
    send(buy(1, " "), buy(2), nothing);
    expect(await nextBatch()).toEqual([
      { id: 1, code: Code.INVALID },
      { id: 3, code: Code.INVALID },
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

  test("counts what it has not answered", async () => {
    await open();
    send(buy(1), buy(2), buy(3));
    const { caller } = await replica.next("calls");
    expect(server.callsUnderWay).toBe(3);
    callers.reply(caller, [bought(2)]);
    expect(server.callsUnderWay).toBe(2);
    callers.reply(caller, [bought(1), bought(3)]);
    expect(server.callsUnderWay).toBe(0);
    requests.end();
  });

  test("whose caller vanishes is forgotten", async () => {
    await open();
    send(buy(1));
    const { caller } = await replica.next("calls");
    abort.abort();
    expect((await replica.next("caller-gone")).caller).toBe(caller);
    expect(server.callsUnderWay).toBe(0);
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
