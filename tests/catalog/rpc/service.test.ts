import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type Client,
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type Transport,
} from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import {
  CatalogService,
  type OrderRequestSchema,
  type OrderResponse,
  type QueryBatchSchema,
  type QueryReplyBatch,
} from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import { catalogRoutes } from "../../../services/catalog/rpc/service.ts";
import { serveRpc } from "../../../services/lib/rpc-server.ts";
import { reservesOf, settledOf, toColumns } from "./columns.ts";
import { Conversation } from "./conversation.ts";
import { type Running, startCatalog } from "./running.ts";

type Order = Conversation<MessageInitShape<typeof OrderRequestSchema>, OrderResponse>;
type Queries = Conversation<MessageInitShape<typeof QueryBatchSchema>, QueryReplyBatch>;
type Routes = ReturnType<typeof catalogRoutes>;

/** A way to call the catalog, and what to do to end it. */
type Way = (routes: Routes) => Promise<{ transport: Transport; close: () => Promise<void> }>;

const inMemory: Way = (routes) =>
  Promise.resolve({ transport: createRouterTransport(routes), close: () => Promise.resolve() });

function overHttp2(make: (baseUrl: string, sessionManager: Http2SessionManager) => Transport): Way {
  return async (routes) => {
    const server = await serveRpc({ host: "127.0.0.1", port: 0, routes });
    const baseUrl = `http://127.0.0.1:${server.port}`;
    const manager = new Http2SessionManager(baseUrl);
    const close = async (): Promise<void> => {
      manager.abort();
      await server.close();
    };
    return { transport: make(baseUrl, manager), close };
  };
}

const connect = overHttp2((baseUrl, sessionManager) =>
  createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true, sessionManager }),
);
const grpc = overHttp2((baseUrl, sessionManager) => createGrpcTransport({ baseUrl, sessionManager }));

const openSession = (session: number, storeId = "s1", term = 1) => ({
  open: { storeId, term: BigInt(term), session: BigInt(session) },
});
const reserve = (ticket: number, key: string, product: string, quantity: number) => ({
  ticket,
  key,
  product,
  quantity,
});
/** Codes by ticket. */
const decided = ({ decisions }: OrderResponse): [bigint, number][] =>
  decisions?.tickets.map((ticket, at) => [ticket, decisions.codes[at] ?? 0]) ?? [];
const decides = ({ decisions }: OrderResponse): boolean => decisions !== undefined;

describe.each([
  ["in memory", inMemory],
  ["over Connect", connect],
  ["over gRPC", grpc],
] as const)("the catalog service %s", (_, way) => {
  let running: Running;
  let client: Client<typeof CatalogService>;
  let close: () => Promise<void>;

  beforeEach(async () => {
    running = await startCatalog();
    const { transport, ...rest } = await way(catalogRoutes(() => running.driver));
    client = createClient(CatalogService, transport);
    close = rest.close;
  });

  afterEach(async () => {
    await running.driver.stop();
    await close();
    expect(running.broken).toEqual([]);
  });

  const order = (): Order => new Conversation((requests, options) => client.order(requests, options));
  const queries = (): Queries => new Conversation((requests, options) => client.queries(requests, options));

  test("a query tells price in cents, quantity and version", async () => {
    expect(await client.query({ product: "Tux" })).toMatchObject({ priceCents: 1_599n, quantity: 100n, version: 1n });
  });

  test("an unknown product is no error: -1 and -1", async () => {
    expect(await client.query({ product: "" })).toMatchObject({ priceCents: -1n, quantity: -1n });
  });

  test("each query of a batch is answered under its id", async () => {
    const stream = queries().say({
      items: [
        { id: 7, product: "Tux" },
        { id: 8, product: "Whale" },
        { id: 9, product: "?" },
      ],
    });
    const { items } = await stream.hear();
    expect(new Map(items.map(({ id, product }) => [id, product?.quantity]))).toEqual(
      new Map([
        [7, 100n],
        [8, 5n],
        [9, -1n],
      ]),
    );
    stream.leave();
  });

  test("a caller that has asked all it wants still gets its answers", async () => {
    const stream = queries()
      .say({ items: [{ id: 1, product: "Tux" }] })
      .half();
    expect((await stream.hear()).items.length).toBe(1);
    expect(await stream.ending()).toBeUndefined();
  });

  test("a batch of more than 1,024 queries is refused", async () => {
    const items = Array.from({ length: 1_025 }, (_each, id) => ({ id, product: "Tux" }));
    const error = await queries().say({ items }).ending();
    expect(ConnectError.from(error).code).toBe(Code.InvalidArgument);
  });

  test("a session reserves, settles and returns", async () => {
    const stream = order().say(openSession(1));
    expect((await stream.hear()).opened).toMatchObject({ settledBelow: 0n });
    stream.say({ replayed: true }).say({
      reserve: reservesOf(reserve(1, "c:1", "Tux", 2), reserve(2, "c:2", "Tux", 200), reserve(3, "c:3", "Tux", 0)),
    });
    const codes = new Map<bigint, number>();
    while (codes.size < 3) for (const [ticket, code] of decided(await stream.hear())) codes.set(ticket, code);
    expect(codes).toEqual(
      new Map([
        [1n, 1],
        [2n, -1],
        [3n, -2],
      ] as [bigint, number][]),
    );
    stream.say({
      settled: settledOf({ number: 0, key: "c:1", product: "Tux", quantity: 2 }),
      reserve: reservesOf(reserve(4, "c:4", "Tux", 5)),
    });
    expect(decided(await stream.hearOf(decides))).toEqual([[4n, 1]]);
    stream.say({ returns: ["c:4"], reserve: reservesOf(reserve(5, "c:5", "Nothing", 1)) });
    expect(decided(await stream.hearOf(decides))).toEqual([[5n, -3]]);
    expect(await client.query({ product: "Tux" })).toMatchObject({ quantity: 98n });
    stream.leave();
  });

  test("the next session hears below which order everything is settled, and the one before is fenced", async () => {
    const before = order().say(openSession(1));
    await before.hear();
    before.say({ replayed: true, reserve: reservesOf(reserve(1, "c:1", "Tux", 2)) });
    await before.hearOf(decides);
    before.say({
      settled: settledOf({ number: 0, key: "c:1", product: "Tux", quantity: 2 }),
      reserve: reservesOf(reserve(2, "c:2", "Tux", 1)),
    });
    await before.hearOf(decides);
    const after = order().say(openSession(2));
    expect((await after.hear()).opened).toMatchObject({ settledBelow: 1n });
    expect(ConnectError.from(await before.ending()).code).toBe(Code.Aborted);
    after.leave();
  });

  test("at the end of a replay, which may come in parts, what none of them named goes back to stock", async () => {
    const before = order().say(openSession(1));
    await before.hear();
    const lost = Array.from({ length: 90 }, (_each, at) => reserve(at, `d:${at}`, "Tux", 1));
    before
      .say({ replayed: true, reserve: reservesOf(...lost) })
      .say({ reserve: reservesOf(reserve(101, "c:1", "Tux", 2), reserve(102, "c:2", "Tux", 3)) });
    await before.hearOf(({ decisions }) => decisions?.tickets.includes(102n) === true);
    const after = order().say(openSession(2));
    await after.hear();
    after.say({ reserve: reservesOf(reserve(1, "c:1", "Tux", 2)) });
    await after.hearOf(decides);
    expect(await client.query({ product: "Tux" })).toMatchObject({ quantity: 5n });
    after.say({ reserve: reservesOf(reserve(2, "c:2", "Tux", 3)), replayed: true });
    await after.hearOf(decides);
    expect(await client.query({ product: "Tux" })).toMatchObject({ quantity: 95n });
    after.leave();
  });

  test("an idle session hears heartbeats", async () => {
    const stream = order().say(openSession(1));
    await stream.hear();
    expect(await stream.hear()).toEqual({ $typeName: "toystore.catalog.v1.OrderResponse" });
    stream.leave();
  });

  const badOpenings: [string, MessageInitShape<typeof OrderRequestSchema>, Code][] = [
    ["no `open` first", {}, Code.InvalidArgument],
    ["an open without a store id", openSession(1, ""), Code.InvalidArgument],
    ["an open of session 0", openSession(0), Code.InvalidArgument],
    ["an open with work", { ...openSession(2), returns: ["c:1"] }, Code.InvalidArgument],
    ["an open that is a replay, too", { ...openSession(2), replayed: true }, Code.InvalidArgument],
    ["a store id that is not its own", openSession(2, "other", 9), Code.FailedPrecondition],
    ["a (term, session) that was accepted before", openSession(1), Code.Aborted],
  ];

  test.each(badOpenings)("%s opens no session", async (_name, request, code) => {
    const adopting = order().say(openSession(1));
    await adopting.hear();
    expect(ConnectError.from(await order().say(request).ending()).code).toBe(code);
    adopting.leave();
  });

  const oneReserve = reservesOf(reserve(1, "c:1", "Tux", 1));
  const oneOrder = toColumns([reserve(1, "c:1", "Tux", 1)]);
  const badWork: [string, MessageInitShape<typeof OrderRequestSchema>][] = [
    ["a gap in the settles", { settled: settledOf({ number: 3, key: "c:1", product: "Tux", quantity: 1 }) }],
    ["a settle of nothing", { settled: settledOf({ number: 0, key: "c:1", product: "Tux", quantity: 0 }) }],
    ["a key that does not fit on a line", { reserve: reservesOf(reserve(1, "c:1 2", "Tux", 1)) }],
    ["a key too many", { reserve: { ...oneReserve, orders: { ...oneOrder, keys: "c:1\nc:2" } } }],
    ["a reserve without a ticket", { reserve: { ...oneReserve, tickets: [] } }],
    ["a return without a key", { returns: [""] }],
    ["a second open", openSession(5)],
    [
      "too many reserves",
      { reserve: reservesOf(...Array.from({ length: 4_097 }, (_each, at) => reserve(at, `c:${at}`, "Tux", 1))) },
    ],
  ];

  test.each(badWork)("%s ends the session and changes nothing", async (_name, request) => {
    const stream = order().say(openSession(1));
    await stream.hear();
    stream.say({ replayed: true });
    expect(ConnectError.from(await stream.say(request).ending()).code).toBe(Code.InvalidArgument);
    expect(await client.query({ product: "Tux" })).toMatchObject({ quantity: 100n });
  });

  test("a catalog that stops ends every stream with UNAVAILABLE, and refuses calls", async () => {
    const session = order().say(openSession(1));
    await session.hear();
    session.say({ replayed: true });
    const reads = queries().say({ items: [{ id: 1, product: "Tux" }] });
    await reads.hear();
    const stopping = running.driver.stop();
    expect(ConnectError.from(await session.ending()).code).toBe(Code.Unavailable);
    expect(ConnectError.from(await reads.ending()).code).toBe(Code.Unavailable);
    await stopping;
    const late = client.query({ product: "Tux" }).catch((error: unknown) => error);
    expect(ConnectError.from(await late).code).toBe(Code.Unavailable);
  });

  test("a leader that leaves lets another in", async () => {
    const stream = order().say(openSession(1));
    await stream.hear();
    stream.leave();
    await stream.ending();
    expect((await order().say(openSession(2)).hear()).opened).toBeDefined();
  });
});

test("a catalog that is not recovered yet is UNAVAILABLE", async () => {
  const client = createClient(CatalogService, createRouterTransport(catalogRoutes(() => undefined)));
  const error = await client.query({ product: "Tux" }).catch((each: unknown) => each);
  expect(ConnectError.from(error).code).toBe(Code.Unavailable);
});
