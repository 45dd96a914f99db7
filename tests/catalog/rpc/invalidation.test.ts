import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { CallerId, Fence, QueryReply, ReserveReply } from "../../../services/catalog/core/types.ts";
import { InvalidationClient } from "../../../services/catalog/rpc/invalidation.ts";
import { type Connection, connectToAddress } from "../../../services/lib/rpc-client.ts";
import { type RpcServer, serveRpc } from "../../../services/lib/rpc-server.ts";
import { systemRandom } from "../../../services/lib/system-random.ts";
import { FakeFrontEnd } from "./fake-front-end.ts";
import { type Running, startCatalog } from "./running.ts";

let running: Running;
let front: FakeFrontEnd;
let clients: InvalidationClient[];
let unreachable: string[];
let server: RpcServer | undefined;

beforeEach(async () => {
  running = await startCatalog();
  front = new FakeFrontEnd();
  clients = [];
  unreachable = [];
});

afterEach(async () => {
  await running.driver.stop();
  await Promise.all(clients.map((client) => client.close()));
  await server?.close();
  server = undefined;
  expect(running.broken).toEqual([]);
});

function start(dial: (address: string) => Connection, address = "front:1"): InvalidationClient {
  const onUnreachable = (dark: string): void => void unreachable.push(dark);
  const options = { address, catalogRun: "run-1", catalog: running.driver, dial, random: systemRandom, onUnreachable };
  const client = new InvalidationClient(options);
  clients.push(client);
  return client;
}

/** A leader's session without a network; resolves to the answer of each reserve. */
class Leader {
  private readonly answered = new Map<number, (reply: ReserveReply) => void>();
  private readonly session;
  private lastTicket = 0;

  private constructor(opened: () => void) {
    const fence: Fence = { term: 1, session: 1 };
    const caller = {
      opened: () => {
        opened();
        return true;
      },
      replies: (replies: readonly ReserveReply[]) => {
        for (const reply of replies) this.answered.get(reply.ticket)?.(reply);
        return true;
      },
      refused: () => undefined,
    };
    this.session = running.driver.openSession(caller, "s1", fence);
  }

  static async open(): Promise<Leader> {
    const made: { leader?: Leader } = {};
    await new Promise<void>((resolve) => {
      made.leader = new Leader(resolve);
    });
    if (made.leader === undefined) throw new Error("not open");
    running.driver.work(made.leader.session, { settles: [], returns: [], reserves: [], replayed: true });
    return made.leader;
  }

  reserve(product: string): Promise<ReserveReply> {
    this.lastTicket += 1;
    const ticket = this.lastTicket;
    return new Promise((resolve) => {
      this.answered.set(ticket, resolve);
      const reserves = [{ ticket, key: `c:${ticket}`, product, quantity: 1 }];
      running.driver.work(this.session, { settles: [], returns: [], reserves });
    });
  }
}

function query(product: string): Promise<QueryReply> {
  return new Promise((resolve, reject) => {
    const answers: { caller?: CallerId } = {};
    answers.caller = running.driver.addQueryCaller({
      replies: ([reply]) => {
        if (reply !== undefined) resolve(reply);
        return true;
      },
      refused: () => reject(new Error("refused")),
    });
    running.driver.query(answers.caller, [{ id: 1, product }]);
  });
}

async function viaHttp2(): Promise<string> {
  server = await serveRpc({ host: "127.0.0.1", port: 0, routes: front.routes });
  return `127.0.0.1:${server.port}`;
}

describe.each(["in memory", "over HTTP/2"])("the stream to a front-end %s", (way) => {
  const connect = async (): Promise<InvalidationClient> =>
    way === "in memory" ? start(front.dial) : start(connectToAddress, await viaHttp2());

  test("begins without a lease, and grants one when the front-end has answered", async () => {
    await connect();
    await front.until(() => front.last.some(({ lease }) => lease));
    expect(front.last[0]).toMatchObject({ sequence: 1n, catalogRun: "run-1", lease: false, echo: 0n });
    expect(front.last.find(({ lease }) => lease)).toMatchObject({ sequence: 2n, echo: 1n });
  });

  test("names what changed before the purchase is answered", async () => {
    await connect();
    running.freeze();
    await front.until(() => front.last.some(({ lease }) => lease));
    const leader = await Leader.open();
    await query("Tux");
    expect(await leader.reserve("Tux")).toMatchObject({ code: 1 });
    const named = front.last.find(({ products }) => products.includes("Tux"));
    expect(named?.version).toBeGreaterThan(1n);
    expect(await query("Tux")).toMatchObject({ quantity: 99 });
  });

  test("is made anew when it ends, as a new generation", async () => {
    await connect();
    await front.until(() => front.last.some(({ lease }) => lease));
    front.hangUp();
    await front.until(() => front.streams.length === 2 && front.last.some(({ lease }) => lease));
    expect(front.last[0]).toMatchObject({ sequence: 1n, lease: false });
    expect(running.logged.filter((each) => each === "front-end-connected").length).toBe(2);
    expect(running.logged).toContain("front-end-lost");
  });

  test("is made anew ever more slowly while a rival takes its place each time", async () => {
    front.hasRival = true;
    await connect();
    await front.until(() => front.streams.length === 1);
    const startMs = performance.now();
    await front.until(() => front.streams.length === 6);
    // Pauses of at least 20, 40, 80, 160 and 320 ms; as after any other end they would be 10 to 20 each.
    expect(performance.now() - startMs).toBeGreaterThan(500);
  });

  test("ends with the catalog's client", async () => {
    const client = await connect();
    await front.until(() => front.last.length > 0);
    await client.close();
    expect(front.streams.length).toBe(1);
  });
});

test("a front-end that never answers is told of, once until it does", async () => {
  let dialled = 0;
  const counted = Promise.withResolvers<undefined>();
  start((address) => {
    dialled += 1;
    if (dialled === 10) counted.resolve(undefined);
    // Nobody listens on port 1.
    return connectToAddress(address);
  }, "127.0.0.1:1");
  await counted.promise;
  expect(unreachable).toEqual(["127.0.0.1:1"]);
}, 20_000);

test("a purchase waits for a front-end that holds a lease and does not answer", async () => {
  start(front.dial);
  running.freeze();
  await front.until(() => front.last.some(({ lease }) => lease));
  const leader = await Leader.open();
  await query("Tux");
  front.acknowledges = false;
  const order: string[] = [];
  const bought = leader.reserve("Tux").then(() => order.push("bought"));
  await front.until(() => front.last.some(({ products }) => products.includes("Tux")));
  const read = query("Tux").then(({ quantity }) => order.push(`read ${quantity}`));
  await query("Whale");
  expect(order).toEqual([]);
  running.skip(500);
  await Promise.all([bought, read]);
  expect(order.sort()).toEqual(["bought", "read 99"]);
});

test("a front-end that is not there is dialled until it is", async () => {
  let dials = 0;
  const dial = (address: string): Connection => {
    dials += 1;
    return dials < 3 ? connectToAddress(address) : front.dial();
  };
  start(dial, "127.0.0.1:1");
  await front.until(() => front.last.some(({ lease }) => lease));
  expect(dials).toBe(3);
});
