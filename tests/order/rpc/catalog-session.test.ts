import { beforeEach, describe, expect, test } from "bun:test";
import { Code, ConnectError, createRouterTransport, type ServiceImpl } from "@connectrpc/connect";
import { CatalogService, type OrderRequest, type OrderResponse } from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import { PushQueue } from "../../../services/lib/push-queue.ts";
import type { Connection } from "../../../services/lib/rpc-client.ts";
import type { Order, OrderNumber, Term } from "../../../services/order/core/types.ts";
import { BeatSource } from "../../../services/order/rpc/beat.ts";
import { CatalogProbe } from "../../../services/order/rpc/catalog-probe.ts";
import { CatalogSession } from "../../../services/order/rpc/catalog-session.ts";
import { defaultRpcLimits } from "../../../services/order/rpc/limits.ts";
import { toColumns } from "../../../services/order/rpc/translate/columns.ts";
import { collectNotices, FakeReplica, replica1, until } from "./fake-replica.ts";

const term = 4 as Term;
const order: Order = { number: 7 as OrderNumber, product: "Tux", quantity: 2, key: "u:7" };

let replica: FakeReplica;
let beat: BeatSource;
let notices: ReturnType<typeof collectNotices>;
let resets: number;
/** What the catalog was sent, and what it sends, on its newest stream. */
let heard: OrderRequest[];
let answers: PushQueue<OrderResponse>;
let catalog: Partial<ServiceImpl<typeof CatalogService>>;
let session: CatalogSession;

beforeEach(() => {
  replica = new FakeReplica(replica1);
  beat = new BeatSource();
  notices = collectNotices();
  resets = 0;
  heard = [];
  catalog = {
    async *order(requests) {
      const own = new PushQueue<OrderResponse>(64);
      answers = own;
      void listen(requests, own);
      yield* own;
    },
  };
  session = new CatalogSession(connection(), replica, defaultRpcLimits, notices.notice, beat);
});

async function listen(requests: AsyncIterable<OrderRequest>, own: PushQueue<OrderResponse>): Promise<void> {
  try {
    for await (const request of requests) heard.push(request);
  } catch {
    // The session was closed from the other side, which some tests are about.
  }
  own.end();
}

function connection(): Connection {
  const transport = createRouterTransport((router) =>
    router.service(CatalogService, {
      order: (requests, context) => catalog.order?.(requests, context) ?? (async function* () {})(),
      query: (request, context) => catalog.query?.(request, context) ?? {},
    }),
  );
  return { transport, reset: () => resets++ };
}

const say = (response: Partial<OrderResponse>): boolean =>
  answers.push({ $typeName: "toystore.catalog.v1.OrderResponse", ...response });

const decisions = (tickets: bigint[], codes: number[]): Partial<OrderResponse> => ({
  decisions: { $typeName: "toystore.catalog.v1.Decisions", tickets, codes },
});

const opened = (settledBelow: bigint): Partial<OrderResponse> => ({
  opened: { $typeName: "toystore.catalog.v1.SessionOpened", settledBelow },
});

async function open(number = 1): Promise<void> {
  session.open("store-a", term, number);
  await until(() => heard.length > 0);
}

async function openFully(): Promise<void> {
  await open();
  say(opened(0n));
  await replica.next("catalog-opened");
}

describe("a session", () => {
  test("opens with the store, the term and its number", async () => {
    await open(3);
    expect(heard[0]?.open).toMatchObject({ storeId: "store-a", term: 4n, session: 3n });
    session.close();
  });

  test("is open when the catalog says so, and up to which order it has settled", async () => {
    await open();
    expect(replica.rest).toEqual([]);
    say(opened(5n));
    expect(await replica.next("catalog-opened")).toEqual({ type: "catalog-opened", session: 1, settledBelow: 5 });
    session.close();
  });

  test("carries work there and replies back", async () => {
    await openFully();
    const reserve = { ticket: 9, key: "u:9", product: "Lego", quantity: 3 };
    session.work(1, { settles: [order], returns: ["u:8"], reserves: [reserve] });
    await until(() => heard.length === 2);
    expect(heard[1]).toMatchObject({
      settled: { firstNumber: 7n, orders: toColumns([order]) },
      returns: ["u:8"],
      reserve: { tickets: [9n], orders: toColumns([reserve]) },
    });
    say(decisions([9n], [-1]));
    expect(await replica.next("catalog-replies")).toEqual({
      type: "catalog-replies",
      session: 1,
      replies: [{ ticket: 9, code: -1 }],
    });
    session.close();
  });

  test("tells the end of the replay with the message that carries it, and with no other", async () => {
    await openFully();
    session.work(1, { settles: [order], returns: [], reserves: [] });
    session.work(1, { settles: [], returns: [], reserves: [], replayed: true });
    session.work(1, { settles: [], returns: ["u:8"], reserves: [] });
    beat.beat();
    await until(() => heard.length === 5);
    expect(heard.map(({ replayed }) => replayed)).toEqual([false, false, true, false, false]);
    session.close();
  });

  test("drops work of an earlier session", async () => {
    await openFully();
    session.work(0, { settles: [order], returns: [], reserves: [] });
    session.work(1, { settles: [], returns: ["u:8"], reserves: [] });
    await until(() => heard.length === 2);
    expect(heard[1]?.settled).toBeUndefined();
    expect(heard[1]?.returns).toEqual(["u:8"]);
    session.close();
  });

  test("shows that the leader is alive on each beat, whether it had work to say or not", async () => {
    await openFully();
    session.work(1, { settles: [], returns: ["u:8"], reserves: [] });
    beat.beat();
    beat.beat();
    await until(() => heard.length === 4);
    expect(heard.slice(1).map(({ returns }) => returns)).toEqual([["u:8"], [], []]);
    session.close();
  });

  test("closed by the catalog is reported", async () => {
    await openFully();
    answers.end();
    expect(await replica.next("catalog-closed")).toEqual({ type: "catalog-closed", session: 1 });
  });

  test("closed by the leader is not", async () => {
    await openFully();
    session.close();
    await until(() => answers.isEnded);
    expect(replica.rest).toEqual([]);
  });

  test("that is replaced by a newer one is not reported either", async () => {
    await openFully();
    heard = [];
    await open(2);
    say(opened(0n));
    expect((await replica.next("catalog-opened")).session).toBe(2);
    expect(replica.rest).toEqual([]);
    session.close();
  });

  test("with a silent catalog is given up, with its connection", async () => {
    await openFully();
    for (let beats = 0; beats <= defaultRpcLimits.silentBeatsMax; beats++) beat.beat();
    expect(await replica.next("catalog-closed")).toEqual({ type: "catalog-closed", session: 1 });
    expect(resets).toBe(1);
  });

  test("is kept while the catalog says anything", async () => {
    await openFully();
    for (let beats = 0; beats < 3 * defaultRpcLimits.silentBeatsMax; beats++) {
      beat.beat();
      say(decisions([BigInt(beats)], [1]));
      await replica.next("catalog-replies");
    }
    expect(resets).toBe(0);
    session.close();
  });

  test("is given more time to open, for the catalog syncs first", async () => {
    await open();
    for (let beats = 0; beats <= defaultRpcLimits.silentBeatsMax; beats++) beat.beat();
    expect(replica.rest).toEqual([]);
    for (let beats = 0; beats < defaultRpcLimits.openingBeatsMax; beats++) beat.beat();
    expect((await replica.next("catalog-closed")).session).toBe(1);
  });

  test("with an answer that is none of the codes ends", async () => {
    await openFully();
    say(decisions([9n], [2]));
    expect((await replica.next("catalog-closed")).session).toBe(1);
  });
});

describe("a refused session", () => {
  const refuse = (code: Code, message: string): void => {
    catalog.order = async function* () {
      yield* [];
      throw new ConnectError(message, code);
    };
  };

  test("tells the operator what the catalog says, once", async () => {
    refuse(Code.FailedPrecondition, "this catalog belongs to store b");
    for (let number = 1; number <= 3; number++) {
      session.open("store-a", term, number);
      expect((await replica.next("catalog-closed")).session).toBe(number);
    }
    expect(notices.messages).toEqual(["error: the catalog refuses this store"]);
  });

  test("because a newer one has been accepted is no news", async () => {
    refuse(Code.Aborted, "fenced");
    session.open("store-a", term, 1);
    await replica.next("catalog-closed");
    expect(notices.messages).toEqual([]);
  });
});

describe("the probe", () => {
  let asked: number;

  beforeEach(() => {
    asked = 0;
    catalog.query = () => {
      asked++;
      return { priceCents: -1n, quantity: -1n };
    };
    new CatalogProbe(connection(), replica, defaultRpcLimits, beat);
  });

  test("tells that the catalog is reachable, each second", async () => {
    beat.beat();
    expect((await replica.next("catalog-reachable")).reachable).toBe(true);
    for (let beats = 1; beats < defaultRpcLimits.probeBeats; beats++) beat.beat();
    await until(() => true);
    expect(asked).toBe(1);
    beat.beat();
    expect((await replica.next("catalog-reachable")).reachable).toBe(true);
  });

  test("tells that it is not, and tries a new connection", async () => {
    catalog.query = () => {
      throw new ConnectError("stopping", Code.Unavailable);
    };
    beat.beat();
    expect((await replica.next("catalog-reachable")).reachable).toBe(false);
    expect(resets).toBe(1);
  });
});
