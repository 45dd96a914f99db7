import { afterEach, describe, expect, test } from "bun:test";
import { EventEmitter, once } from "node:events";
import { type ClientHttp2Stream, connect, constants, createServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, createClient, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import {
  type CallBatch,
  CallBatchSchema,
  OrderService,
  type ReplyBatch,
} from "../../gen/toystore/order/v1/order_pb.ts";
import { encodeEnvelope } from "../../services/lib/envelopes.ts";
import { PushQueue } from "../../services/lib/push-queue.ts";
import { connectTo } from "../../services/lib/rpc-client.ts";
import { rpcLimits } from "../../services/lib/rpc-limits.ts";
import { serveRpc } from "../../services/lib/rpc-server.ts";
import { openStream } from "../../services/lib/stream-client.ts";

const host = "127.0.0.1";
const path = "/toystore.order.v1.OrderService/Calls";

type Handler = (batches: AsyncIterable<CallBatch>, context: HandlerContext) => AsyncIterable<ReplyBatch>;

/** A listening server, and how it is killed. */
interface Listening {
  readonly port: number;
  kill(): void;
}

type Serve = (handler: Handler) => Promise<Listening>;

const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

const routesOf = (calls: Handler) => (router: ConnectRouter) => void router.service(OrderService, { calls });

const serveOurs: Serve = async (handler) => {
  const server = await serveRpc({ host, port: 0, routes: routesOf(handler) });
  closings.push(() => server.close());
  return { port: server.port, kill: () => void server.close() };
};

const serveTheirs: Serve = async (handler) => {
  const sockets = new Set<Socket>();
  const server = createServer(connectNodeAdapter({ routes: routesOf(handler) }));
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, host);
  await once(server, "listening");
  const kill = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  closings.push(kill);
  return { port: (server.address() as AddressInfo).port, kill };
};

const clients = {
  ours: (port: number) => connectTo(host, port).transport,
  "connect-node's": (port: number) =>
    createConnectTransport({ baseUrl: `http://${host}:${port}`, httpVersion: "2", useBinaryFormat: true }),
};

const call = (id: number, key = "c:k"): CallBatch["calls"][number] => ({
  $typeName: "toystore.order.v1.Call",
  id,
  call: {
    case: "check",
    value: { $typeName: "toystore.order.v1.CheckRequest", order: { case: "key", value: key }, forwarded: false },
  },
});

const batch = (...ids: number[]): CallBatch => ({
  $typeName: "toystore.order.v1.CallBatch",
  calls: ids.map((id) => call(id)),
});

const replies = (...ids: number[]): ReplyBatch => ({
  $typeName: "toystore.order.v1.ReplyBatch",
  replies: ids.map((id) => ({ $typeName: "toystore.order.v1.Reply", id, reply: { case: undefined } })),
});

/** Answers each batch with its ids. */
const echo: Handler = async function* (batches) {
  for await (const { calls } of batches) yield replies(...calls.map(({ id }) => id));
};

async function idsOf(messages: AsyncIterable<ReplyBatch>): Promise<number[][]> {
  const all: number[][] = [];
  for await (const message of messages) all.push(message.replies.map(({ id }) => id));
  return all;
}

/** The ids of the next message; undefined: there is none. */
async function nextOf(answers: AsyncIterator<ReplyBatch, unknown>): Promise<number[] | undefined> {
  const next = await answers.next();
  return next.done === true ? undefined : next.value.replies.map(({ id }) => id);
}

const errorOf = (ending: Promise<unknown>): Promise<ConnectError | undefined> =>
  ending.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error),
  );

async function* single(message: CallBatch): AsyncGenerator<CallBatch> {
  yield message;
}

function endless(...first: CallBatch[]): PushQueue<CallBatch> {
  const queue = new PushQueue<CallBatch>(Number.POSITIVE_INFINITY);
  for (const one of first) queue.push(one);
  return queue;
}

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

test("who gives up while the connection is being made is told at once, and a stream that comes later is closed", async () => {
  const closed = Promise.withResolvers<number>();
  const late = Promise.withResolvers<ClientHttp2Stream>();
  const abort = new AbortController();
  const opening = openStream(
    { request: () => late.promise },
    OrderService.method.calls,
    abort.signal,
    undefined,
    endless(),
  );
  abort.abort();
  expect((await errorOf(opening))?.code).toBe(Code.Canceled);
  const stream = new EventEmitter() as EventEmitter & { close: (code: number) => void };
  stream.close = closed.resolve;
  late.resolve(stream as unknown as ClientHttp2Stream);
  expect(await closed.promise).toBe(constants.NGHTTP2_CANCEL);
});

test("a connection that is refused is told as unavailable", async () => {
  const server = await serveOurs(echo);
  server.kill();
  await closings.splice(0)[0]?.();
  const { calls } = createClient(OrderService, clients.ours(server.port));
  expect((await errorOf(idsOf(calls(endless()))))?.code).toBe(Code.Unavailable);
});

test("other protocols of the same method are served too", async () => {
  const { port } = await serveOurs(echo);
  const baseUrl = `http://${host}:${port}`;
  const grpc = createGrpcTransport({ baseUrl });
  const json = createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false });
  for (const transport of [grpc, json]) {
    async function* requests(): AsyncGenerator<CallBatch> {
      yield batch(3);
    }
    expect(await idsOf(createClient(OrderService, transport).calls(requests()))).toEqual([[3]]);
  }
});

describe("a server that is sent what no client should send", () => {
  /** What the server says when this is all that comes. */
  async function answerTo(bytes: Buffer): Promise<string> {
    const { port } = await serveOurs(echo);
    const session = connect(`http://${host}:${port}`);
    closings.push(() => session.destroy());
    const headers = { ":method": "POST", ":path": path, "content-type": "application/connect+proto" };
    const stream = session.request({ ...headers, "connect-protocol-version": "1" });
    stream.end(bytes);
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece as Buffer);
    return Buffer.concat(pieces).subarray(5).toString();
  }

  test("refuses an oversized message when it is announced, without waiting for it", async () => {
    const head = encodeEnvelope(0, Buffer.alloc(0));
    head.writeUInt32BE(rpcLimits.messageBytesMax + 1, 1);
    expect(await answerTo(head)).toContain("resource_exhausted");
  });

  test("takes what is sent after a refusal off the wire, and looks at none of it", async () => {
    const ids: number[] = [];
    const { port } = await serveOurs(async function* (batches) {
      for await (const { calls } of batches) {
        ids.push(...calls.map(({ id }) => id));
        yield replies(0);
      }
    });
    const session = connect(`http://${host}:${port}`);
    closings.push(() => session.destroy());
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/connect+proto" });
    const said = once(stream, "data");
    stream.write(encodeEnvelope(0, Buffer.from([0xff, 0xff, 0xff])));
    await said;
    const good = encodeEnvelope(0, toBinary(CallBatchSchema, batch(1)));
    // More than every window and buffer on the way: it ends only if the server goes on taking.
    const many = Buffer.concat(Array.from({ length: 100_000 }, () => good));
    await new Promise<void>((resolve) => stream.write(many, () => resolve()));
    expect(ids).toEqual([]);
    expect(await idsOf(createClient(OrderService, clients.ours(port)).calls(single(batch(5))))).toEqual([[0]]);
    expect(ids).toEqual([5]);
  });

  test("refuses bytes that are no message", async () => {
    expect(await answerTo(encodeEnvelope(0, Buffer.from([0xff, 0xff, 0xff])))).toContain("invalid_argument");
  });

  test("refuses a compressed message, for it offers no compression", async () => {
    expect(await answerTo(encodeEnvelope(1, Buffer.alloc(3)))).toContain("invalid_argument");
  });

  test("refuses a request that ends within a message", async () => {
    expect(await answerTo(encodeEnvelope(0, Buffer.alloc(9)).subarray(0, 8))).toContain("invalid_argument");
  });
});
