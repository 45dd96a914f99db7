import { afterEach, describe, expect, test } from "bun:test";
import { EventEmitter, once } from "node:events";
import { type ClientHttp2Stream, connect, constants } from "node:http2";
import { toBinary } from "@bufbuild/protobuf";
import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { type CallBatch, CallBatchSchema, OrderService } from "../../gen/toystore/order/v1/order_pb.ts";
import { encodeEnvelope } from "../../services/lib/envelopes.ts";
import { rpcLimits } from "../../services/lib/rpc-limits.ts";
import { openStream } from "../../services/lib/stream-client.ts";
import {
  batch,
  clients,
  closeAll,
  closings,
  echo,
  endless,
  errorOf,
  host,
  idsOf,
  path,
  replies,
  serveOurs,
  single,
} from "./stream-ends.ts";

afterEach(closeAll);

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
