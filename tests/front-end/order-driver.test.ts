import { describe, expect, test } from "bun:test";
import { orderLimits } from "../../services/front-end/core/limits.ts";
import type { ReplicaId, Reply, SentCall } from "../../services/front-end/core/types.ts";
import { OrderDriver } from "../../services/front-end/order-driver.ts";
import type { ReplicaPort } from "../../services/front-end/ports.ts";
import { buyOf, leads, one } from "./core/order-world.ts";

interface Desk {
  readonly driver: OrderDriver;
  /** Batches that were sent, by their keys. */
  readonly batches: string[][];
  /** The last batch is answered. */
  readonly answer: () => void;
  /** A turn of the event loop ends. */
  readonly endTurn: () => void;
  readonly buy: (...keys: string[]) => void;
}

/** A driver that has found its leader. */
async function openDesk(limits: Partial<typeof orderLimits>): Promise<Desk> {
  const batches: string[][] = [];
  const ends: (() => void)[] = [];
  let lastCalls: readonly SentCall[] = [];
  let reply: (replies: readonly Reply[]) => void = () => undefined;
  const send = (_: unknown, calls: readonly SentCall[]): void => {
    lastCalls = calls;
    batches.push(calls.map(({ call }) => (call.type === "buy" ? call.key : "")));
  };
  const port: ReplicaPort = {
    ping: () => Promise.resolve(leads(one, 1)),
    openCalls: (onReplies) => {
      reply = onReplies;
      return { send, close: () => undefined };
    },
  };
  const driver = new OrderDriver({
    limits: { ...orderLimits, ...limits },
    clock: { now: () => 1_000 },
    random: { float: () => 0.5 },
    defer: (end) => void ends.push(end),
    replicas: new Map([1, 2, 3].map((id) => [id as ReplicaId, port])),
    operator: { notice: () => undefined },
  });
  driver.tick();
  for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
    end();
    await Promise.resolve();
    await Promise.resolve();
  }
  expect(driver.status().route).toMatchObject({ via: one });
  return {
    driver,
    batches,
    answer: () => reply(lastCalls.map(({ id }) => ({ id, code: "ok", orderNumber: id, order: undefined }))),
    endTurn: () => ends.splice(0).forEach((end) => end()),
    buy: (...keys) => keys.forEach((key) => void driver.call(buyOf(key))),
  };
}

describe("calls of a burst", () => {
  test("go together when a turn of the event loop brings no more of them", async () => {
    const { batches, endTurn, buy } = await openDesk({ gatherTurnsMax: 3 });
    buy("a");
    endTurn();
    buy("b", "c");
    endTurn();
    expect(batches).toEqual([]);
    endTurn();
    expect(batches).toEqual([["a", "b", "c"]]);
    buy("d");
    endTurn();
    expect(batches).toHaveLength(1);
    endTurn();
    expect(batches.slice(1)).toEqual([["d"]]);
  });

  test("do not wait for ever while each turn brings more", async () => {
    const { batches, endTurn, buy } = await openDesk({ gatherTurnsMax: 2 });
    for (const key of ["a", "b", "c", "d", "e", "f"]) {
      buy(key);
      endTurn();
    }
    expect(batches).toEqual([
      ["a", "b", "c"],
      ["d", "e", "f"],
    ]);
  });

  test("do not hold up answers, and go with them", async () => {
    const { driver, batches, answer, endTurn, buy } = await openDesk({ gatherTurnsMax: 3 });
    const outcome = driver.call(buyOf("a"));
    endTurn();
    endTurn();
    expect(batches).toEqual([["a"]]);
    buy("b");
    answer();
    endTurn();
    expect(await outcome).toMatchObject({ code: "ok" });
    expect(batches).toEqual([["a"], ["b"]]);
  });

  test("do not wait for the end of a long turn when they are many", async () => {
    const { batches, endTurn, buy } = await openDesk({ gatheredMax: 3 });
    buy("a", "b");
    expect(batches).toEqual([]);
    buy("c");
    expect(batches).toEqual([["a", "b", "c"]]);
    buy("d");
    expect(batches).toHaveLength(1);
    endTurn();
    endTurn();
    expect(batches.slice(1)).toEqual([["d"]]);
  });
});
