import { describe, expect, test } from "bun:test";
import { buyOf, leads, OrderWorld, one, statusWith, three, two } from "./order-world.ts";

/** Replica 1 leads and all agree. */
function settledWorld(): OrderWorld {
  return new OrderWorld().follow(one, 1).tick();
}

/** Replica 1 is gone and replica 2 leads in the next term. */
function failOver(world: OrderWorld): OrderWorld {
  return world.follow(two, 2).set(one, "refuses").lose();
}

describe("a call", () => {
  test("goes to the leader with its key and 3 s, and its answer comes back", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    expect(world.openings).toMatchObject([{ replica: one }]);
    expect(world.sent).toMatchObject([{ call: buyOf("k"), budgetMs: 3000 }]);
    world.answer("k", "ok", 7);
    expect(world.outcomes.get("k")).toMatchObject({ code: "ok", orderNumber: 7 });
    expect(world.side.callsUnderWay).toBe(0);
  });

  test("all calls of a turn go in one message, at most 4,096 in each", () => {
    const world = new OrderWorld({ callsMax: 5000 }).follow(one, 1).tick();
    for (let i = 0; i < 4097; i++) world.side.submit(world.nowMs, buyOf(`k${i}`), `k${i}`);
    world.drain();
    const sizes = world.effects.flatMap((effect) => (effect.type === "send-calls" ? [effect.calls.length] : []));
    expect(sizes).toEqual([4096, 1]);
  });

  test("waits while no leader is known, and is then sent with what is left of its time", () => {
    const world = new OrderWorld().tick();
    world.submit(buyOf("k"), "k");
    world.pass(500);
    expect(world.sent).toEqual([]);
    world.follow(three, 1).pass(100);
    expect(world.sent).toHaveLength(1);
    expect(world.sent[0]?.budgetMs).toBeLessThanOrEqual(2500);
  });

  test("more calls than the limit are refused, joined ones included", () => {
    const world = new OrderWorld({ callsMax: 2 }).follow(one, 1).tick();
    expect(world.submit(buyOf("a"), "1")).toBe(true);
    expect(world.submit(buyOf("a"), "2")).toBe(true);
    expect(world.submit(buyOf("b"), "3")).toBe(false);
    world.answer("a", "ok", 0);
    expect(world.submit(buyOf("b"), "4")).toBe(true);
  });

  test("beyond the limit only what is under way is not refused: it may be executed, so its outcome is unknown", () => {
    const world = new OrderWorld({ callsMax: 1 }).follow(one, 1).tick();
    expect(world.side.refuses("a")).toBe(false);
    world.submit(buyOf("a"), "1");
    expect(world.side.refuses("a")).toBe(false);
    expect(world.side.refuses("b")).toBe(true);
    expect(world.submit(buyOf("a"), "2")).toBe(true);
    expect(world.outcomes.get("2")).toMatchObject({ code: "unknown-outcome", orderNumber: -1 });
    expect(world.submit(buyOf("a", "Lego"), "3")).toBe(false);
    world.answer("a", "ok", 0);
    expect(world.outcomes.get("1")).toMatchObject({ code: "ok", orderNumber: 0 });
    expect(world.side.refuses("b")).toBe(false);
  });

  for (const code of ["out-of-stock", "unknown-product", "invalid-quantity", "key-reused", "invalid"] as const) {
    test(`${code} is final`, () => {
      const world = settledWorld();
      world.submit(buyOf("k"), "k");
      world.answer("k", code);
      expect(world.outcomes.get("k")).toMatchObject({ code, orderNumber: -1 });
    });
  }
});

describe("one key", () => {
  test("under way twice with one body is one call with one result", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "first");
    world.submit(buyOf("k"), "second");
    expect(world.sent).toHaveLength(1);
    world.answer("k", "ok", 3);
    expect(world.outcomes.get("first")).toEqual(world.outcomes.get("second"));
  });

  test("with another body is a call of its own: the leader decides", () => {
    const world = settledWorld();
    world.submit(buyOf("k", "Tux", 1), "first");
    world.submit(buyOf("k", "Tux", 2), "second");
    world.submit(buyOf("k", "Lego", 1), "third");
    expect(world.sent).toHaveLength(3);
  });

  test("whose call is over is a new call", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "first");
    world.answer("k", "out-of-stock");
    world.submit(buyOf("k"), "second");
    expect(world.sent).toHaveLength(2);
  });
});

describe("the leader fails", () => {
  test("a call is sent again with its key and what is left of its time", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    world.pass(1000);
    failOver(world);
    world.pass(50);
    expect(world.sent).toHaveLength(2);
    expect(world.sent[1]).toMatchObject({ call: buyOf("k") });
    expect(world.sent[1]?.budgetMs).toBeLessThanOrEqual(2000);
    expect(world.sent[1]?.budgetMs).toBeGreaterThanOrEqual(1900);
    world.answer("k", "ok", 5);
    expect(world.outcomes.get("k")).toMatchObject({ code: "ok", orderNumber: 5 });
  });

  test("what the abandoned stream still says is ignored", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    const first = world.sent[0];
    failOver(world).pass(50);
    world.replies(first?.stream ?? (0 as never), [
      { id: first?.id ?? 0, code: "ok", orderNumber: 1, order: undefined },
    ]);
    expect(world.outcomes.size).toBe(0);
    world.answer("k", "ok", 2);
    expect(world.outcomes.get("k")).toMatchObject({ orderNumber: 2 });
  });

  test("silence of 400 ms is a failure", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    world.follow(two, 2).set(one, "silent");
    world.pass(390, { quiet: true });
    expect(world.closings).toEqual([]);
    world.pass(60, { quiet: true });
    expect(world.closings).toHaveLength(1);
    expect(world.openings.at(-1)).toMatchObject({ replica: two });
    expect(world.sent).toHaveLength(2);
  });

  test("a process that was stopped does not hold its own silence against the leader", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    world.pass(100);
    world.nowMs += 2000;
    world.tick().pass(100);
    expect(world.closings).toEqual([]);
  });

  test("a process that was stopped ends what is over its deadline at once, and who came meanwhile has 3 s from now", () => {
    const world = settledWorld();
    world.submit(buyOf("before"), "before");
    world.nowMs += 10_000;
    world.submit(buyOf("meanwhile"), "meanwhile");
    world.tick();
    expect([...world.outcomes.keys()]).toEqual(["before"]);
    world.pass(2990);
    expect([...world.outcomes.keys()]).toEqual(["before"]);
    world.pass(10);
    expect(world.outcomes.get("meanwhile")).toMatchObject({ code: "unknown-outcome" });
  });

  test("calls are sent again in the order in which they came", () => {
    const world = settledWorld();
    for (const key of ["a", "b", "c"]) world.submit(buyOf(key), key);
    world.answer("b", "ok", 0);
    failOver(world);
    world.submit(buyOf("d"), "d");
    world.pass(50);
    const again = world.sent.filter((call) => call.stream === world.stream);
    expect(again.map(({ call }) => call.type === "buy" && call.key)).toEqual(["a", "c", "d"]);
  });

  test("a new leader takes over the calls of one that still answers", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    const [old] = world.openings;
    world
      .set(two, leads(two, 2))
      .set(three, statusWith({ term: 2, leader: two }))
      .pass(1000);
    expect(world.closings).toEqual(old === undefined ? [] : [old.stream]);
    expect(world.sent.at(-1)).toMatchObject({ stream: world.stream, call: buyOf("k") });
  });

  test("a replica that does not lead is asked nothing more until it says again that it does", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    world.set(one, statusWith()).set(two, "silent").set(three, "silent");
    world.answer("k", "not-leader");
    world.pass(200);
    expect(world.sent).toHaveLength(1);
    world.follow(three, 2).pass(500);
    expect(world.sent).toHaveLength(2);
    expect(world.openings.at(-1)).toMatchObject({ replica: three });
  });

  test("a replica that claims to lead and refuses every call is not asked in a tight loop", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    for (let i = 0; i < 100 && !world.outcomes.has("k"); i++) {
      world.answer("k", "not-leader");
      world.pass(10);
    }
    expect(world.sent.length).toBeLessThanOrEqual(55);
  });

  test("a purchase reaches a leader that only the others can reach", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    world.set(one, "refuses").lose().pass(300);
    expect(world.openings.at(-1)).toMatchObject({ replica: two });
    world.answer("k", "ok", 0);
    expect(world.outcomes.get("k")).toMatchObject({ code: "ok" });
  });
});

describe("time runs out after 3 s", () => {
  test("not executed: it was never sent", () => {
    const world = new OrderWorld().tick();
    world.submit(buyOf("k"), "k");
    world.pass(2990);
    expect(world.outcomes.size).toBe(0);
    world.pass(10);
    expect(world.outcomes.get("k")).toMatchObject({ code: "not-executed" });
  });

  test("not executed: every attempt was refused", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    for (const id of [one, two, three]) world.set(id, statusWith());
    world.answer("k", "not-leader").pass(3000);
    expect(world.outcomes.get("k")).toMatchObject({ code: "not-executed" });
  });

  test("unknown: it is unanswered", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    world.pass(3000);
    expect(world.outcomes.get("k")).toMatchObject({ code: "unknown-outcome" });
  });

  test("unknown: an earlier attempt broke off, though the last was refused", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    failOver(world).pass(50);
    for (const id of [one, two, three]) world.set(id, statusWith());
    world.answer("k", "not-leader").pass(3000);
    expect(world.outcomes.get("k")).toMatchObject({ code: "unknown-outcome" });
  });

  test("unknown: the leader said so, and no later one answered", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    for (const id of [one, two, three]) world.set(id, statusWith());
    world.answer("k", "unknown-outcome").pass(3000);
    expect(world.outcomes.get("k")).toMatchObject({ code: "unknown-outcome" });
  });

  test("not executed, as the leader said, is final at the first attempt", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    world.answer("k", "not-executed");
    expect(world.outcomes.get("k")).toMatchObject({ code: "not-executed" });
  });

  test("not executed after an attempt of unknown outcome is tried again, with pauses, and is unknown in the end", () => {
    const world = settledWorld();
    world.submit(buyOf("k"), "k");
    failOver(world).pass(50);
    world.answer("k", "not-executed").pass(40);
    expect(world.sent).toHaveLength(2);
    world.pass(20);
    expect(world.sent).toHaveLength(3);
    world.answer("k", "ok", 4);
    expect(world.outcomes.get("k")).toMatchObject({ code: "ok", orderNumber: 4 });
  });

  test("a look-up changes nothing: abandoned and never answered, it was not executed", () => {
    const world = settledWorld();
    world.submit({ type: "check-number", number: 3 }, "look");
    for (const id of [one, two, three]) world.set(id, "refuses");
    world.lose().pass(3000);
    expect(world.outcomes.get("look")).toMatchObject({ code: "not-executed" });
  });

  test("a call that is over is not sent", () => {
    const world = new OrderWorld().tick();
    world.submit(buyOf("k"), "k");
    world.pass(3000);
    world.follow(one, 1).pass(1000);
    expect(world.sent).toEqual([]);
  });
});
