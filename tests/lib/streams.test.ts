import { afterEach, describe, expect, test } from "bun:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { type CallBatch, OrderService, type ReplyBatch } from "../../gen/toystore/order/v1/order_pb.ts";
import { PushQueue } from "../../services/lib/push-queue.ts";
import {
  batch,
  clients,
  closeAll,
  closings,
  echo,
  endless,
  errorOf,
  type Handler,
  idsOf,
  nextOf,
  replies,
  serveOurs,
  serveTheirs,
} from "./stream-ends.ts";

afterEach(closeAll);

const pairs = (["ours", "connect-node's"] as const).flatMap((client) =>
  [["ours", serveOurs] as const, ["connect-node's", serveTheirs] as const].map(
    ([server, serve]) => ({ client, server, serve }) as const,
  ),
);

describe.each(pairs)("a bidi stream, client: $client, server: $server", ({ client, serve }) => {
  const open = async (handler: Handler) => {
    const server = await serve(handler);
    return { server, calls: createClient(OrderService, clients[client](server.port)).calls };
  };

  test("carries messages in order both ways, and each side's end", async () => {
    const { calls } = await open(echo);
    const sent = Array.from({ length: 500 }, (_, at) => batch(at, at + 1));
    async function* requests(): AsyncGenerator<CallBatch> {
      yield* sent;
    }
    expect(await idsOf(calls(requests()))).toEqual(sent.map((one) => one.calls.map(({ id }) => id)));
  });

  test("carries messages larger than any window", async () => {
    const { calls } = await open(echo);
    const ids = Array.from({ length: 100_000 }, (_, at) => at);
    async function* requests(): AsyncGenerator<CallBatch> {
      yield batch(...ids);
      yield batch(1);
    }
    expect(await idsOf(calls(requests()))).toEqual([ids, [1]]);
  });

  test("answers while requests go on", async () => {
    const { calls } = await open(echo);
    const requests = endless(batch(1));
    const answers = calls(requests)[Symbol.asyncIterator]();
    expect(await nextOf(answers)).toEqual([1]);
    requests.push(batch(2));
    expect(await nextOf(answers)).toEqual([2]);
    requests.end();
    expect(await nextOf(answers)).toBeUndefined();
  });

  test("brings the headers of the request", async () => {
    const headers: (string | null)[] = [];
    const { calls } = await open((batches, context) => {
      headers.push(context.requestHeader.get("toystore-store"));
      return echo(batches, context);
    });
    const requests = endless();
    requests.end();
    await idsOf(calls(requests, { headers: { "toystore-store": "store-a" } }));
    expect(headers).toEqual(["store-a"]);
  });

  test("brings what was said before an error, and the error", async () => {
    const { calls } = await open(async function* () {
      yield replies(7);
      throw new ConnectError("another store", Code.FailedPrecondition);
    });
    const answers = calls(endless())[Symbol.asyncIterator]();
    expect(await nextOf(answers)).toEqual([7]);
    const error = await errorOf(answers.next());
    expect([error?.code, error?.rawMessage]).toEqual([Code.FailedPrecondition, "another store"]);
  });

  test("does not tell what broke inside", async () => {
    const { calls } = await open(() => {
      const answers = new PushQueue<ReplyBatch>(1);
      answers.end(new Error("secret"));
      return answers;
    });
    const error = await errorOf(idsOf(calls(endless())));
    expect([error?.code, error?.rawMessage]).toEqual([Code.Internal, "internal error"]);
  });

  test("brings an error that is thrown at once", async () => {
    const { calls } = await open(() => {
      throw new ConnectError("the catalog starts", Code.Unavailable);
    });
    expect((await errorOf(idsOf(calls(endless()))))?.code).toBe(Code.Unavailable);
  });

  test("tells the server when the client leaves", async () => {
    const left = Promise.withResolvers<void>();
    const { calls } = await open((_batches, context) => {
      const silent = new PushQueue<ReplyBatch>(10);
      silent.push(replies(1));
      context.signal.addEventListener("abort", () => left.resolve());
      return silent;
    });
    const abort = new AbortController();
    const answers = calls(endless(batch(1)), { signal: abort.signal })[Symbol.asyncIterator]();
    await answers.next();
    abort.abort();
    expect((await errorOf(answers.next()))?.code).toBe(Code.Canceled);
    await left.promise;
  });

  test("tells the client when the server is killed", async () => {
    const { server, calls } = await open(echo);
    const answers = calls(endless(batch(1)))[Symbol.asyncIterator]();
    await answers.next();
    const next = errorOf(answers.next());
    server.kill();
    expect([Code.Canceled, Code.Aborted, Code.Unavailable]).toContain((await next)?.code ?? Code.Unknown);
  });

  test("takes no more from its sender than its reader takes", async () => {
    const stalled = Promise.withResolvers<void>();
    closings.push(() => stalled.resolve());
    const { calls } = await open(async function* (batches) {
      for await (const _ of batches) {
        yield replies(1);
        await stalled.promise;
      }
    });
    const large = batch(...Array.from({ length: 10_000 }, (_, at) => at));
    let taken = 0;
    async function* requests(): AsyncGenerator<CallBatch> {
      for (; taken < 1_000; taken++) yield large;
    }
    const abort = new AbortController();
    const answers = calls(requests(), { signal: abort.signal })[Symbol.asyncIterator]();
    await answers.next();
    // Until both ends are full: two looks in a row then see the same.
    for (let before = -1; taken !== before; await Bun.sleep(200)) before = taken;
    expect(taken).toBeLessThan(1_000);
    abort.abort();
    await errorOf(answers.next());
  });
});
