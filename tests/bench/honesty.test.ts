import { expect, test } from "bun:test";
import { takeTurn } from "./comparison/turn.ts";
import type { Generator } from "./load/load.ts";
import { checkPeer } from "./peers/check.ts";
import type { Peer } from "./peers/peer.ts";
import { works } from "./work.ts";

// A peer that does less than it should would look fast.

/** A shop in memory; each fault is off unless asked for. */
interface Faults {
  readonly skipsNumbers?: boolean;
  readonly keepsStock?: boolean;
  readonly oversells?: boolean;
  readonly forgetsOrders?: boolean;
  readonly knowsEverything?: boolean;
}

function openShop(faults: Faults): Bun.Server<undefined> {
  let [next, stock] = [0, 10_000];
  const orders = new Map<number, number>();
  const reply = (found: object | undefined): Response =>
    found === undefined ? new Response(null, { status: 404 }) : Response.json({ data: found });
  const buy = (quantity: number): number => {
    if (quantity > stock && faults.oversells !== true) return -1;
    if (faults.keepsStock !== true) stock -= quantity;
    const number = next;
    next += faults.skipsNumbers === true && number % 7 === 3 ? 2 : 1;
    orders.set(number, quantity);
    return number;
  };
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    routes: {
      "/products/:name": ({ params: { name } }) =>
        reply(name === "Tux" || faults.knowsEverything === true ? { name, price: 1, quantity: stock } : undefined),
      "/orders": {
        POST: async (request) => {
          const { quantity } = (await request.json()) as { quantity: number };
          return reply({ order_number: buy(quantity) });
        },
      },
      "/orders/:number": ({ params }) => {
        const number = Number(params.number);
        const quantity = faults.forgetsOrders === true ? 0 : orders.get(number);
        return reply(quantity === undefined ? undefined : { number, name: "Tux", quantity });
      },
    },
  });
}

const peer: Peer = {
  name: "shop",
  title: "shop",
  how: "",
  sells: true,
  needs: [],
  start: () => Promise.reject(new Error("it is up")),
};

async function check(faults: Faults): Promise<string> {
  const shop = openShop(faults);
  try {
    await checkPeer(peer, shop.url.origin);
    return "sound";
  } catch (error) {
    return (error as Error).message;
  } finally {
    await shop.stop(true);
  }
}

test("a shop that does what it should is let in", async () => {
  expect(await check({})).toBe("sound");
});

test.each<[keyof Faults, string]>([
  ["skipsNumbers", "order numbers"],
  ["keepsStock", "stock afterwards"],
  ["oversells", "an order of more than there is"],
  ["forgetsOrders", "the last order"],
  ["knowsEverything", "status of an unknown product"],
])("one that %s is not", async (fault, complaint) => {
  expect(await check({ [fault]: true })).toContain(complaint);
});

test("replies without orders end the run", async () => {
  const shop = openShop({});
  try {
    const report = { requests: 100, seconds: 1, failures: 0, p50Us: 1, p99Us: 1, generatorCores: 0 };
    const claims: Generator = { title: "none", run: () => Promise.resolve(report) };
    const running = { url: shop.url.origin, processes: [], [Symbol.asyncDispose]: () => Promise.resolve() };
    const turn = { connections: 1, seconds: 1 };
    const [read, hot] = works;
    if (read === undefined || hot === undefined) throw new Error("there is no work");
    expect(await takeTurn({ peer, running }, read, turn, claims)).toEqual(report);
    const outcome = await takeTurn({ peer, running }, hot, turn, claims).catch((error: unknown) => String(error));
    expect(outcome).toContain("0 orders for 100 purchases that were answered");
  } finally {
    await shop.stop(true);
  }
});
