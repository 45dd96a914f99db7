import { describe, expect, test } from "bun:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { ConnectError, createRouterTransport, Code as RpcCode } from "@connectrpc/connect";
import {
  type CallBatch,
  Code,
  type Found,
  OrderService,
  type PingRequest,
  type ReplyBatchSchema,
} from "../../../gen/toystore/order/v1/order_pb.ts";
import type { Call, ReplicaId, Reply, SentCall } from "../../../services/front-end/core/types.ts";
import { OrderClient } from "../../../services/front-end/rpc/order-client.ts";

type Answer = MessageInitShape<typeof ReplyBatchSchema>;
type Calls = (batches: AsyncIterable<CallBatch>) => AsyncGenerator<Answer>;

interface Handlers {
  readonly ping?: (request: PingRequest) => Promise<object> | object;
  readonly calls?: Calls;
}

/** A client of a replica in this process, and how often its connections were given up. */
function makeClient(handlers: Handlers): { client: OrderClient; resets: { pings: number; calls: number } } {
  const transport = createRouterTransport(({ service }) => {
    service(OrderService, { ping: handlers.ping ?? (() => ({})), ...(handlers.calls && { calls: handlers.calls }) });
  });
  const resets = { pings: 0, calls: 0 };
  const pings = { transport, reset: () => void resets.pings++ };
  const calls = { transport, reset: () => void resets.calls++ };
  return { client: new OrderClient(pings, calls, 400), resets };
}

const origin = { frontEnd: 2 ** 48 - 1, attempt: 4, term: 7 };

const seven = { number: 7, product: "Tux", quantity: 3 };
/** Order 7 alone, as the answer to call 2. */
const foundSeven = {
  ids: [2],
  numbers: [7n],
  products: ["Tux"],
  productIndexes: [0],
  quantities: [3],
  groupSizes: [1],
  groupPlaces: [0],
};

function sent(call: Call, id = 1): SentCall {
  return { id, call, budgetMs: 2500 };
}

describe("ping", () => {
  test("carries the nominee and brings the status", async () => {
    const asked: number[] = [];
    const { client } = makeClient({
      ping: ({ pingNumber }) => {
        asked.push(pingNumber);
        const log = { lastIndex: 12n, lastTerm: 6n, commitIndex: 11n };
        return { componentId: 2, term: 7n, leaderId: 3, eligible: true, storeId: "s", serving: false, ...log };
      },
    });
    const status = await client.ping(2 as ReplicaId);
    await client.ping(undefined);
    expect(asked).toEqual([2, 0]);
    expect(status).toEqual({
      term: 7,
      lastIndex: 12,
      lastTerm: 6,
      commitIndex: 11,
      leader: 3 as ReplicaId,
      eligible: true,
      storeId: "s",
      serving: false,
    });
  });

  test("no leader and no store are none", async () => {
    const { client } = makeClient({ ping: () => ({ leaderId: 0, storeId: "" }) });
    expect(await client.ping(undefined)).toMatchObject({ leader: undefined, storeId: undefined });
  });

  test("that fails rejects, and its connection is given up, not that of the calls", async () => {
    const { client, resets } = makeClient({
      ping: () => {
        throw new ConnectError("starting", RpcCode.Unavailable);
      },
    });
    expect(await client.ping(undefined).catch(String)).toContain("starting");
    expect(resets).toEqual({ pings: 1, calls: 0 });
  });

  test("that is not answered fails by itself", async () => {
    const { client } = makeClient({ ping: async () => await new Promise<never>(() => {}) });
    expect(await client.ping(undefined).catch(String)).toContain("deadline");
  });
});

describe("calls", () => {
  /** Sends one batch and returns what arrived there. */
  async function transfer(calls: readonly SentCall[]): Promise<CallBatch> {
    const arrived = Promise.withResolvers<CallBatch>();
    const { client } = makeClient({
      calls: async function* (batches) {
        for await (const batch of batches) {
          arrived.resolve(batch);
          yield {};
        }
      },
    });
    const port = client.openCalls(
      () => {},
      () => {},
    );
    port.send(origin, calls);
    const batch = await arrived.promise;
    port.close();
    return batch;
  }

  /** What is made of a reply. */
  async function receive(batch: Answer): Promise<Reply> {
    const { client } = makeClient({
      calls: async function* (batches) {
        for await (const _ of batches) yield batch;
      },
    });
    const received = Promise.withResolvers<Reply>();
    const port = client.openCalls(
      ([first]) => first && received.resolve(first),
      () => {},
    );
    port.send(origin, [sent({ type: "check-number", number: 0 })]);
    const result = await received.promise;
    port.close();
    return result;
  }

  const bought = (code: Code, orderNumber: bigint): Answer => ({
    outcomes: { $typeName: "toystore.order.v1.Outcomes", ids: [9], codes: [code], orderNumbers: [orderNumber] },
  });

  test("each kind is translated, all of a turn in one message", async () => {
    const {
      calls,
      purchases,
      lookUps,
      origin: batchOrigin,
    } = await transfer([
      sent({ type: "buy", key: "c:k", product: "Tux", quantity: 2 }, 1),
      sent({ type: "check-number", number: 999_999_999_999 }, 2),
      sent({ type: "check-key", key: "g:k" }, 3),
    ]);
    expect(batchOrigin).toMatchObject({ frontEnd: 2n ** 48n - 1n, attempt: 4n, term: 7n });
    expect(purchases).toMatchObject({
      ids: [1],
      budgetsMs: [2500],
      orders: { keys: "c:k", names: ["Tux"], nameIndexes: [0], counts: [2] },
    });
    expect(lookUps).toMatchObject({ ids: [2], numbers: [999_999_999_999n] });
    expect(calls).toMatchObject([{ id: 3, call: { case: "check", value: { order: { case: "key", value: "g:k" } } } }]);
  });

  const codes: readonly [Code, Reply["code"]][] = [
    [Code.OUT_OF_STOCK, "out-of-stock"],
    [Code.UNKNOWN_PRODUCT, "unknown-product"],
    [Code.INVALID_QUANTITY, "invalid-quantity"],
    [Code.KEY_REUSED, "key-reused"],
    [Code.NOT_LEADER, "not-leader"],
    [Code.NOT_EXECUTED, "not-executed"],
    [Code.UNKNOWN_OUTCOME, "unknown-outcome"],
    [Code.NOT_FOUND, "not-found"],
    [Code.INVALID, "invalid"],
    [Code.UNSPECIFIED, "unknown-outcome"],
    // Of a bought order without its number.
    [Code.OK, "unknown-outcome"],
  ];
  for (const [code, expected] of codes) {
    test(`code ${code} is ${expected}`, async () => {
      expect(await receive(bought(code, -1n))).toEqual({ id: 9, code: expected, orderNumber: -1, order: undefined });
    });
  }

  test("order 0 is an order number", async () => {
    expect(await receive(bought(Code.OK, 0n))).toMatchObject({ code: "ok", orderNumber: 0 });
  });

  test("an order that was found is shown, with the group that came with it", async () => {
    const found: Found = {
      $typeName: "toystore.order.v1.Found",
      ids: [9],
      numbers: [7n],
      products: ["Whale", "Tux"],
      productIndexes: [0, 1, 1],
      quantities: [1, 3, 2],
      groupSizes: [3],
      groupPlaces: [1],
    };
    const order = { number: 7, product: "Tux", quantity: 3 };
    const group = [{ number: 6, product: "Whale", quantity: 1 }, order, { number: 8, product: "Tux", quantity: 2 }];
    expect(await receive({ found })).toEqual({ id: 9, code: "ok", orderNumber: -1, order, group });
  });

  test("outcomes and orders that were found come in one batch", async () => {
    const { client } = makeClient({
      calls: async function* (batches) {
        for await (const batch of batches) {
          if (batch.lookUps === undefined) continue;
          yield {
            outcomes: { ids: [1], codes: [Code.NOT_FOUND], orderNumbers: [-1n] },
            found: foundSeven,
          };
        }
      },
    });
    const received = Promise.withResolvers<readonly Reply[]>();
    const port = client.openCalls(received.resolve, () => {});
    port.send(origin, [sent({ type: "check-number", number: 8 }, 1), sent({ type: "check-number", number: 7 }, 2)]);
    expect(await received.promise).toEqual([
      { id: 1, code: "not-found", orderNumber: -1, order: undefined },
      { id: 2, code: "ok", orderNumber: -1, order: seven, group: [seven] },
    ]);
    port.close();
  });

  test.each<[string, Answer]>([
    ["codes", { outcomes: { ids: [9], codes: [], orderNumbers: [0n] } }],
    ["order numbers", { outcomes: { ids: [9], codes: [Code.OK], orderNumbers: [] } }],
    ["numbers", { found: { ...foundSeven, numbers: [] } }],
    ["products", { found: { ...foundSeven, products: [] } }],
    ["product indexes", { found: { ...foundSeven, productIndexes: [] } }],
    ["quantities", { found: { ...foundSeven, quantities: [] } }],
    ["group sizes", { found: { ...foundSeven, groupSizes: [] } }],
    ["group places", { found: { ...foundSeven, groupPlaces: [] } }],
    ["a place in the group", { found: { ...foundSeven, groupPlaces: [1] } }],
    ["a number from 0 on", { found: { ...foundSeven, numbers: [0n], groupPlaces: [1] } }],
    ["a number that anybody asks for", { found: { ...foundSeven, numbers: [10n ** 15n] } }],
    ["a group's orders", { found: { ...foundSeven, groupSizes: [2] } }],
    ["no groups' orders", { found: { ...foundSeven, productIndexes: [0, 0], quantities: [1, 1] } }],
  ])("answers of which %s are missing end the stream", async (_, answer) => {
    const { client } = makeClient({
      calls: async function* (batches) {
        for await (const batch of batches) if (batch.lookUps !== undefined) yield answer;
      },
    });
    const received: Reply[] = [];
    await new Promise<void>((resolve) => {
      const port = client.openCalls((replies) => received.push(...replies), resolve);
      port.send(origin, [sent({ type: "check-number", number: 0 })]);
    });
    expect(received).toEqual([]);
  });

  for (const how of ["ends", "fails"] as const) {
    test(`a stream that ${how} is lost once, and its connection is given up`, async () => {
      const { client, resets } = makeClient({
        // oxlint-disable-next-line require-yield
        calls: async function* () {
          if (how === "fails") throw new ConnectError("broken", RpcCode.Internal);
        },
      });
      let losses = 0;
      await new Promise<void>((resolve) => {
        client.openCalls(
          () => {},
          () => {
            losses += 1;
            resolve();
          },
        );
      });
      expect(losses).toBe(1);
      expect(resets).toEqual({ pings: 0, calls: 1 });
    });
  }

  test("a stream that this side closes is not lost", async () => {
    const ended = Promise.withResolvers<void>();
    const { client } = makeClient({
      calls: async function* (batches) {
        try {
          for await (const _ of batches) yield {};
        } finally {
          ended.resolve();
        }
      },
    });
    let losses = 0;
    const answered = Promise.withResolvers<void>();
    const port = client.openCalls(
      () => answered.resolve(),
      () => losses++,
    );
    port.send(origin, [sent({ type: "check-number", number: 0 })]);
    await answered.promise;
    port.close();
    port.send(origin, [sent({ type: "check-number", number: 1 })]);
    await ended.promise;
    expect(losses).toBe(0);
  });
});
