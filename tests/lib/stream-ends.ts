import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node";
import { type CallBatch, Code, OrderService, type ReplyBatch } from "../../gen/toystore/order/v1/order_pb.ts";
import { PushQueue } from "../../services/lib/push-queue.ts";
import { connectTo } from "../../services/lib/rpc-client.ts";
import { serveRpc } from "../../services/lib/rpc-server.ts";

export const host = "127.0.0.1";
export const path = "/toystore.order.v1.OrderService/Calls";

export type Handler = (batches: AsyncIterable<CallBatch>, context: HandlerContext) => AsyncIterable<ReplyBatch>;

/** A listening server, and how it is killed. */
interface Listening {
  readonly port: number;
  kill(): void;
}

export type Serve = (handler: Handler) => Promise<Listening>;

/** What a test leaves open, the newest last. */
export const closings: (() => unknown)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of closings.splice(0).reverse()) await close();
}

const routesOf = (calls: Handler) => (router: ConnectRouter) => void router.service(OrderService, { calls });

export const serveOurs: Serve = async (handler) => {
  const server = await serveRpc({ host, port: 0, routes: routesOf(handler) });
  closings.push(() => server.close());
  return { port: server.port, kill: () => void server.close() };
};

export const serveTheirs: Serve = async (handler) => {
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

export const clients = {
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

export const batch = (...ids: number[]): CallBatch => ({
  $typeName: "toystore.order.v1.CallBatch",
  calls: ids.map((id) => call(id)),
});

export const replies = (...ids: number[]): ReplyBatch => ({
  $typeName: "toystore.order.v1.ReplyBatch",
  outcomes: {
    $typeName: "toystore.order.v1.Outcomes",
    ids,
    codes: ids.map(() => Code.NOT_FOUND),
    orderNumbers: ids.map(() => -1n),
  },
});

/** Answers each batch with its ids. */
export const echo: Handler = async function* (batches) {
  for await (const { calls } of batches) yield replies(...calls.map(({ id }) => id));
};

function idsIn({ outcomes }: ReplyBatch): number[] {
  return outcomes?.ids ?? [];
}

export async function idsOf(messages: AsyncIterable<ReplyBatch>): Promise<number[][]> {
  const all: number[][] = [];
  for await (const message of messages) all.push(idsIn(message));
  return all;
}

/** The ids of the next message; undefined: there is none. */
export async function nextOf(answers: AsyncIterator<ReplyBatch, unknown>): Promise<number[] | undefined> {
  const next = await answers.next();
  return next.done === true ? undefined : idsIn(next.value);
}

export const errorOf = (ending: Promise<unknown>): Promise<ConnectError | undefined> =>
  ending.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error),
  );

export async function* single(message: CallBatch): AsyncGenerator<CallBatch> {
  yield message;
}

export function endless(...first: CallBatch[]): PushQueue<CallBatch> {
  const queue = new PushQueue<CallBatch>(Number.POSITIVE_INFINITY);
  for (const one of first) queue.push(one);
  return queue;
}
