import { describe, expect, test } from "bun:test";
import { leads, OrderWorld, one, statusWith, three, two } from "./order-world.ts";

describe("who leads", () => {
  test("the replica that says so itself", () => {
    const world = new OrderWorld().follow(two, 5).tick();
    expect(world.route).toEqual({ leader: two, term: 5, via: two });
    expect(world.notices).toContain("leader selected");
  });

  test("of two that say so, the one with the newer term", () => {
    const world = new OrderWorld().set(one, leads(one, 3)).set(three, leads(three, 4)).tick();
    expect(world.route).toMatchObject({ leader: three, term: 4 });
  });

  test("a newer term that others report deposes an older leader that still believes in itself", () => {
    const world = new OrderWorld().follow(one, 3).tick();
    expect(world.route).toMatchObject({ leader: one });
    const follower = statusWith({ term: 4, leader: two });
    world.set(two, leads(two, 4)).set(three, follower).pass(1000);
    expect(world.route).toMatchObject({ leader: two, term: 4 });
  });

  test("a newer term without a leader says nothing against the leader", () => {
    const world = new OrderWorld()
      .follow(one, 3)
      .set(three, statusWith({ term: 9 }))
      .tick();
    expect(world.route).toMatchObject({ leader: one, term: 3 });
  });

  test("a leader that cannot be reached is reached through a replica that knows it, once that has lasted", () => {
    const world = new OrderWorld().follow(one, 3).set(one, "refuses").tick();
    expect(world.route).toBeUndefined();
    world.pass(240);
    expect(world.route).toBeUndefined();
    world.pass(20);
    expect(world.route).toEqual({ leader: one, term: 3, via: two });
    expect(world.nominations).toEqual([]);
    world.set(one, leads(one, 3)).pass(1000);
    expect(world.route).toEqual({ leader: one, term: 3, via: one });
  });

  test("a leader that does not serve yet is a leader, but the store is not ready", () => {
    const world = new OrderWorld()
      .follow(two, 5)
      .set(two, statusWith({ term: 5, leader: two }))
      .tick();
    expect(world.route).toMatchObject({ leader: two });
    expect(world.side.status().serving).toBe(false);
    world.set(two, leads(two, 5)).pass(110);
    expect(world.side.status().serving).toBe(true);
  });
});

describe("pings", () => {
  test("while a leader is known each replica is asked every second", () => {
    const world = new OrderWorld().follow(one, 1).tick();
    world.pass(3000);
    for (const id of [one, two, three]) expect(world.pings.filter((ping) => ping.replica === id)).toHaveLength(4);
  });

  test("one that is unanswered for 400 ms has failed", () => {
    const world = new OrderWorld().follow(one, 1).set(three, "silent").tick();
    world.pass(390);
    expect(world.notices).not.toContain("order replica unreachable");
    world.pass(10);
    expect(world.notices).toContain("order replica unreachable");
    world.set(three, statusWith({ term: 1, leader: one })).pass(1000);
    expect(world.notices).toContain("order replica back");
  });

  test("an answer that comes after its time, or to an older question, is ignored", () => {
    const world = new OrderWorld().set(one, "silent").set(two, "refuses").set(three, "refuses").tick();
    const late = world.pings.find((ping) => ping.replica === one)?.ping ?? 0;
    world.pass(400);
    world.side.step(world.nowMs, { type: "pong", replica: one, ping: late, status: leads(one, 7) });
    expect(world.route).toBeUndefined();
  });

  test("when a call to the leader fails all are asked at once, whenever they were asked last", () => {
    const world = new OrderWorld().follow(one, 1).tick();
    world.pass(500);
    const before = world.pings.length;
    world.set(one, "refuses").lose();
    expect(world.pings.slice(before).map((ping) => ping.replica)).toEqual([one, two, three]);
  });

  test("a search asks often at first, and less often when it lasts", () => {
    const world = new OrderWorld();
    for (const id of [one, two, three]) world.set(id, "refuses");
    world.tick().pass(1000);
    const early = world.pings.length;
    expect(early).toBeLessThanOrEqual(3 * (1000 / 20));
    world.pass(4000);
    const before = world.pings.length;
    world.pass(1000);
    expect(world.pings.length - before).toBe(30);
  });
});

describe("nominations", () => {
  test("the most advanced log, by term before index", () => {
    const world = new OrderWorld()
      .set(one, statusWith({ lastTerm: 2, lastIndex: 90 }))
      .set(two, statusWith({ lastTerm: 3, lastIndex: 10 }))
      .set(three, statusWith({ lastTerm: 3, lastIndex: 11 }))
      .tick();
    expect(world.nominations[0]).toMatchObject({ nominee: three });
  });

  test("among equals the lowest id", () => {
    const world = new OrderWorld().set(one, "refuses").tick().tick();
    expect(world.nominations[0]).toMatchObject({ nominee: two });
  });

  test("nobody who is not eligible, however advanced", () => {
    const world = new OrderWorld()
      .set(one, statusWith({ lastTerm: 9, eligible: false }))
      .tick()
      .tick();
    expect(world.nominations[0]).toMatchObject({ nominee: two });
  });

  test("two answers are enough: a silent replica is waited for no longer than a moment", () => {
    const world = new OrderWorld().set(one, "silent").tick().pass(30);
    expect(world.nominations[0]).toMatchObject({ nominee: two, atMs: 1020 });
  });

  test("a single answer is enough once the others have failed, and not before", () => {
    const world = new OrderWorld().set(one, "silent").set(three, "silent").tick();
    world.pass(390);
    expect(world.nominations).toEqual([]);
    world.pass(30);
    expect(world.nominations[0]).toMatchObject({ nominee: two });
  });

  test("nobody while any replica still knows a leader", () => {
    const world = new OrderWorld().follow(one, 3).tick();
    world.set(one, "refuses").lose();
    world.pass(100);
    expect(world.nominations).toEqual([]);
    world
      .set(two, statusWith({ term: 3 }))
      .set(three, statusWith({ term: 3 }))
      .pass(30);
    expect(world.nominations[0]).toMatchObject({ nominee: two });
  });

  test("the nominee hears it, and so do the others", () => {
    const world = new OrderWorld().tick();
    expect(world.nominations.map(({ to }) => to)).toEqual([one, two, three]);
  });

  test("at most one selection runs at a time, and one without success is repeated", () => {
    const world = new OrderWorld().tick();
    world.pass(490);
    expect(new Set(world.nominations.map(({ atMs }) => atMs)).size).toBe(1);
    world.pass(40);
    expect(new Set(world.nominations.map(({ atMs }) => atMs)).size).toBe(2);
  });

  test("a nominee that brings no leader makes way for the next: it may be cut off from the others only", () => {
    const world = new OrderWorld()
      .set(one, statusWith({ lastIndex: 12 }))
      .set(three, statusWith({ lastIndex: 11 }))
      .tick()
      .pass(2000);
    const turns = new Map(world.nominations.map(({ atMs, nominee }) => [atMs, nominee]));
    expect([...turns.values()].slice(0, 4)).toEqual([one, three, two, one]);
  });

  test("a nominee that fails makes way for the next at once", () => {
    const world = new OrderWorld().tick();
    expect(world.nominations[0]).toMatchObject({ nominee: one });
    world.set(one, "refuses").pass(30);
    expect(world.nominations.at(-1)).toMatchObject({ nominee: two });
  });

  test("a killed leader is replaced as soon as the others have noticed", () => {
    const world = new OrderWorld().follow(one, 3).tick();
    world.pass(700);
    const killedAtMs = world.nowMs;
    world
      .set(one, "refuses")
      .set(two, statusWith({ term: 3 }))
      .set(three, statusWith({ term: 3 }));
    world.lose();
    expect(world.nominations[0]).toMatchObject({ nominee: two, atMs: killedAtMs });
    world
      .set(two, leads(two, 4))
      .set(three, statusWith({ term: 4, leader: two }))
      .pass(30);
    expect(world.route).toEqual({ leader: two, term: 4, via: two });
  });
});

describe("what the operator is told", () => {
  test("a leader that is missing for a second, and the next one", () => {
    const world = new OrderWorld().follow(one, 3).tick();
    for (const id of [one, two, three]) world.set(id, "refuses");
    world.lose().pass(990);
    expect(world.notices).not.toContain("no leader");
    world.pass(20);
    expect(world.notices.filter((message) => message === "no leader")).toHaveLength(1);
    world.follow(one, 3).pass(200);
    expect(world.notices.filter((message) => message === "leader selected")).toHaveLength(2);
  });

  test("a doubt that proves unfounded is not worth a line", () => {
    const world = new OrderWorld().follow(one, 3).tick();
    world.lose().pass(100);
    expect(world.notices.filter((message) => message === "leader selected")).toHaveLength(1);
  });
});
