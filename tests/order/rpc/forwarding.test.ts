import { beforeEach, describe, expect, test } from "bun:test";
import { Code, ConnectError, createRouterTransport, type ServiceImpl } from "@connectrpc/connect";
import { type CallBatch, OrderService, type ReplyBatch } from "../../../gen/toystore/order/v1/order_pb.ts";
import { PushQueue } from "../../../services/lib/push-queue.ts";
import type { Connection } from "../../../services/lib/rpc-client.ts";
import type { Call, Order, OrderNumber, Reply } from "../../../services/order/core/types.ts";
import { BeatSource } from "../../../services/order/rpc/beat.ts";
import { Forwarding } from "../../../services/order/rpc/forwarding.ts";
import { defaultRpcLimits } from "../../../services/order/rpc/limits.ts";
import { toReplyBatch } from "../../../services/order/rpc/translate/replies.ts";
import { FakeReplica, replica1, replica2, replica3, until } from "./fake-replica.ts";

const order: Order = { number: 7 as OrderNumber, product: "Tux", quantity: 2, key: "u:1" };

let replica: FakeReplica;
let beat: BeatSource;
let resets: number;
let streams: number;
let heard: CallBatch[];
let answers: PushQueue<ReplyBatch>;
let forwarding: Forwarding;

beforeEach(() => {
  replica = new FakeReplica(replica2);
  beat = new BeatSource();
  resets = 0;
  streams = 0;
  heard = [];
  answers = new PushQueue(64);
  forwarding = new Forwarding(new Map([[replica1, leader(calls)]]), replica, defaultRpcLimits, beat);
});

const calls: ServiceImpl<typeof OrderService>["calls"] = async function* (requests) {
  streams++;
  const own = answers;
  void listen(requests, own);
  yield* own;
};

async function listen(requests: AsyncIterable<CallBatch>, own: PushQueue<ReplyBatch>): Promise<void> {
  try {
    for await (const batch of requests) heard.push(batch);
  } catch {
    // The stream was closed from the other side, which some tests are about.
  }
  own.end();
}

function leader(handler: typeof calls): Connection {
  const transport = createRouterTransport((router) => router.service(OrderService, { calls: handler }));
  return { transport, reset: () => resets++ };
}

const buy = (id: number): Call => ({
  type: "buy",
  id,
  key: "u:1",
  product: "Tux",
  quantity: 2,
  budgetMs: 1500,
  forwarded: false,
});

const answer = (...replies: Reply[]): boolean => answers.push(toReplyBatch(replies));

const beats = (count: number): void => {
  for (let at = 0; at < count; at++) beat.beat();
};

describe("forwarded calls", () => {
  test("reach the leader marked as forwarded, with what is left of their deadline", async () => {
    forwarding.forward(replica1, [buy(5), { type: "check-number", id: 6, number: 7, forwarded: false }]);
    await until(() => heard.length === 1);
    expect(heard[0]?.calls).toMatchObject([
      {
        id: 5,
        call: { case: "buy", value: { key: "u:1", product: "Tux", quantity: 2n, budgetMs: 1500, forwarded: true } },
      },
      { id: 6, call: { case: "check", value: { order: { case: "number", value: 7n }, forwarded: true } } },
    ]);
    forwarding.close();
  });

  test("get their replies, with the order that was bought", async () => {
    forwarding.forward(replica1, [buy(5)]);
    const { number, product, quantity } = order;
    const reply: Reply = { id: 5, call: "buy", code: "ok", order: { number, product, quantity } };
    answer(reply);
    expect(await replica.next("forwarded-replies")).toEqual({
      type: "forwarded-replies",
      from: replica1,
      replies: [reply],
    });
    forwarding.close();
  });

  test("share one stream", async () => {
    forwarding.forward(replica1, [buy(5)]);
    forwarding.forward(replica1, [buy(6)]);
    await until(() => heard.length === 2);
    expect(streams).toBe(1);
    forwarding.close();
  });

  test("go out in batches that the leader takes", async () => {
    const many = Array.from({ length: defaultRpcLimits.callsPerBatchMax + 1 }, (_, id) => buy(id));
    forwarding.forward(replica1, many);
    await until(() => heard.length === 2);
    expect(heard.map((batch) => batch.calls.length)).toEqual([defaultRpcLimits.callsPerBatchMax, 1]);
    forwarding.close();
  });

  test("to a replica without an address are lost", async () => {
    forwarding.forward(replica3, [buy(5)]);
    expect((await replica.next("forwarding-lost")).to).toBe(replica3);
  });
});

describe("a leader that", () => {
  test("ends the stream loses what it has not answered", async () => {
    forwarding.forward(replica1, [buy(5)]);
    answers.end();
    expect((await replica.next("forwarding-lost")).to).toBe(replica1);
    answers = new PushQueue(64);
    forwarding.forward(replica1, [buy(6)]);
    await until(() => streams === 2);
    forwarding.close();
  });

  test("is not there loses it too", async () => {
    const gone: typeof calls = async function* () {
      yield* [];
      throw new ConnectError("refused", Code.Unavailable);
    };
    forwarding = new Forwarding(new Map([[replica1, leader(gone)]]), replica, defaultRpcLimits, beat);
    forwarding.forward(replica1, [buy(5)]);
    expect((await replica.next("forwarding-lost")).to).toBe(replica1);
  });

  test("falls silent is given up, with its connection", async () => {
    forwarding.forward(replica1, [buy(5)]);
    beats(defaultRpcLimits.silentBeatsMax);
    expect(replica.rest).toEqual([]);
    beats(1);
    expect((await replica.next("forwarding-lost")).to).toBe(replica1);
    expect(resets).toBe(1);
  });

  test("answers what was not asked is cut off", async () => {
    forwarding.forward(replica1, [buy(5)]);
    answer({ id: 6, call: "buy", code: "ok", order });
    expect((await replica.next("forwarding-lost")).to).toBe(replica1);
  });
});

test("a stream that nobody needs any more is closed without a word", async () => {
  const limits = { ...defaultRpcLimits, idleBeatsMax: 1 };
  forwarding = new Forwarding(new Map([[replica1, leader(calls)]]), replica, limits, beat);
  forwarding.forward(replica1, [buy(5)]);
  answer({ id: 5, call: "buy", code: "ok", order });
  await replica.next("forwarded-replies");
  beats(2);
  await until(() => answers.isEnded);
  expect(replica.rest).toEqual([]);
  expect(resets).toBe(0);
});
