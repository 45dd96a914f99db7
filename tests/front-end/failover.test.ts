import { describe, expect, test } from "bun:test";
import { World } from "./fixture.ts";

describe("a front-end and its replicas", () => {
  test("a purchase gets its number, and its key gets it again", async () => {
    await using world = await World.start();
    expect(await world.frontEnd.buy("a")).toEqual({ status: 200, data: { order_number: 0 } });
    expect(await world.frontEnd.buy("b")).toEqual({ status: 200, data: { order_number: 1 } });
    expect(await world.frontEnd.buy("a")).toEqual({ status: 200, data: { order_number: 0 } });
    expect((await world.frontEnd.buy("a", "Lego")).status).toBe(409);
    expect(await world.frontEnd.get("/orders/1")).toEqual({
      status: 200,
      data: { number: 1, name: "Tux", quantity: 1 },
    });
    expect((await world.frontEnd.get("/orders/2")).status).toBe(404);
  });

  test("with nobody leading it nominates, and the nominee is used", async () => {
    await using world = await World.start();
    world.store.leaderId = 0;
    world.replica(1).pings = { eligible: false };
    await world.server(1).kill();
    expect(await world.frontEnd.buy("a")).toEqual({ status: 200, data: { order_number: 0 } });
    expect(world.replica(2).nominations).toContain(2);
    expect(world.store.leaderId).toBe(2);
  });

  test("killed in the middle of a stream, the leader's calls go to the next with their keys, each once", async () => {
    await using world = await World.start();
    const leader = world.replica(1);
    leader.breaksAfter = 3;
    leader.onBreak = () => {
      world.store.leaderId = 0;
      void world.server(1).kill();
    };
    const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`);
    const replies = await Promise.all(keys.map(async (key) => await world.frontEnd.buy(key)));
    expect(replies.map(({ status }) => status)).toEqual(keys.map(() => 200));
    const numbers = new Set(replies.map(({ data }) => (data as { order_number: number }).order_number));
    expect(numbers.size).toBe(keys.length);
    expect(world.store.orders).toHaveLength(keys.length);
    expect(world.store.orders.map(({ key }) => key).every((key) => key.startsWith("c:key-"))).toBe(true);
  });

  test("what was executed before the leader broke is not executed again", async () => {
    await using world = await World.start();
    const leader = world.replica(1);
    leader.breaksAfter = 0;
    leader.onBreak = () => {
      world.store.leaderId = 2;
      world.store.term = 2;
      void world.server(1).kill();
    };
    expect(await world.frontEnd.buy("a")).toEqual({ status: 200, data: { order_number: 0 } });
    expect(leader.keys).toEqual(["c:a"]);
    expect(world.replica(2).keys).toEqual(["c:a"]);
    expect(world.store.orders).toHaveLength(1);
  });

  test("a leader that falls silent is left after 400 ms, with what is left of the deadline", async () => {
    await using world = await World.start();
    world.replica(1).fault = "mute";
    const begun = performance.now();
    const bought = world.frontEnd.buy("a");
    while (world.replica(1).keys.length === 0) await Bun.sleep(5);
    world.store.leaderId = 2;
    world.store.term = 2;
    expect(await bought).toEqual({ status: 200, data: { order_number: 0 } });
    expect(performance.now() - begun).toBeGreaterThan(350);
    expect(world.replica(2).budgetsMs[0]).toBeLessThan(2700);
  });

  test("a deposed leader's refusal costs no error", async () => {
    await using world = await World.start();
    await world.frontEnd.buy("a");
    world.store.leaderId = 3;
    world.store.term = 2;
    expect(await world.frontEnd.buy("b")).toEqual({ status: 200, data: { order_number: 1 } });
    expect(world.replica(1).keys).toEqual(["c:a", "c:b"]);
    expect(world.replica(3).keys).toEqual(["c:b"]);
  });

  test("one that comes back on its port is found again", async () => {
    await using world = await World.start();
    await world.server(1).kill();
    world.store.leaderId = 2;
    world.store.term = 2;
    expect((await world.frontEnd.buy("a")).status).toBe(200);
    await world.server(1).start();
    await world.server(2).kill();
    world.store.leaderId = 1;
    world.store.term = 3;
    expect((await world.frontEnd.buy("b")).status).toBe(200);
    expect(world.replica(1).keys).toEqual(["c:b"]);
  });

  test("with no replica at all a purchase is 503 after 3 s, and reads go on", async () => {
    await using world = await World.start();
    for (const id of [1, 2, 3]) await world.server(id).kill();
    const bought = world.frontEnd.buy("a");
    expect(await world.frontEnd.quantityOf("Tux")).toBe(100);
    expect((await bought).status).toBe(503);
    expect((await fetch(`${world.frontEnd.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${world.frontEnd.url}/healthz`)).status).toBe(200);
  });

  test("a purchase that the leader took and never answered is 500 after 3 s", async () => {
    await using world = await World.start();
    for (const replica of world.replicas) replica.fault = "mute";
    expect((await world.frontEnd.buy("a")).status).toBe(500);
    expect(world.store.orders).toHaveLength(1);
    for (const replica of world.replicas) replica.fault = "none";
    expect(await world.frontEnd.buy("a")).toEqual({ status: 200, data: { order_number: 0 } });
  });
});
