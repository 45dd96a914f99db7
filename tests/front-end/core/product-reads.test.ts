import { describe, expect, test } from "bun:test";
import { ProductWorld } from "./product-world.ts";

const found = (value: string) => ({ type: "found", value }) as const;

describe("filling the cache", () => {
  test("a value is cached while the lease holds", () => {
    const world = new ProductWorld().withLease();
    world.read("Tux");
    world.answer("Tux", 100);
    expect(world.outcomes.get("Tux")).toEqual(found("Tux:100"));
    expect(world.cached("Tux")).toBe("Tux:100");
  });

  test("a value is not cached if its product was invalidated since the query was sent", () => {
    const world = new ProductWorld().withLease();
    world.read("Tux");
    world.invalidate(["Tux"]);
    world.answer("Tux", 100);
    expect(world.outcomes.get("Tux")).toEqual(found("Tux:100"));
    expect(world.cached("Tux")).toBeUndefined();
  });

  test("an invalidation of another product does not matter", () => {
    const world = new ProductWorld().withLease();
    world.read("Tux");
    world.invalidate(["Lego"]);
    world.answer("Tux", 100);
    expect(world.cached("Tux")).toBe("Tux:100");
  });

  test("a value is not cached if the Invalidate stream changed since the query was sent", () => {
    const world = new ProductWorld().withLease();
    world.read("Tux");
    world.withLease();
    world.answer("Tux", 100);
    expect(world.cached("Tux")).toBeUndefined();
  });

  test("without an Invalidate stream nothing is cached", () => {
    const world = new ProductWorld().signOfLife();
    world.read("Tux");
    world.answer("Tux", 100);
    world.withLease();
    expect(world.cached("Tux")).toBeUndefined();
  });

  test("an unknown product is not cached", () => {
    const world = new ProductWorld().withLease();
    world.read("Nessie");
    world.answer("Nessie", -1);
    expect(world.outcomes.get("Nessie")).toEqual({ type: "unknown" });
    expect(world.cached("Nessie")).toBeUndefined();
  });

  test("a query that is repeated after its stream broke fills the cache", () => {
    const world = new ProductWorld().withLease();
    world.read("Tux");
    world.invalidate(["Tux"]);
    world.loseQueries().pass(100);
    world.invalidate();
    world.answer("Tux", 99);
    expect(world.cached("Tux")).toBe("Tux:99");
  });
});

describe("the lease", () => {
  test("an invalidation drops its product before it is acknowledged", () => {
    const world = new ProductWorld().withLease();
    world.read("Tux");
    world.answer("Tux", 100);
    world.invalidate(["Tux"]);
    expect(world.cached("Tux")).toBeUndefined();
    expect(world.effects.at(-1)).toMatchObject({ type: "acknowledge", sequence: 3 });
  });

  test("a process that was stopped does not show what it had cached", () => {
    const world = new ProductWorld().withLease();
    world.read("Tux");
    world.answer("Tux", 100);
    world.freeze(400);
    expect(world.cached("Tux")).toBeUndefined();
  });

  test("a lease that comes back shows what no message named in between", () => {
    const world = new ProductWorld().withLease();
    world.read("Tux");
    world.read("Lego");
    world.answer("Tux", 100).answer("Lego", 100);
    world.pass(600);
    expect(world.cached("Tux")).toBeUndefined();
    world.invalidate(["Lego"], false).invalidate();
    expect(world.cached("Tux")).toBe("Tux:100");
    expect(world.cached("Lego")).toBeUndefined();
  });

  test("a new stream empties the cache and ends the older one", () => {
    const world = new ProductWorld().withLease();
    world.read("Tux");
    world.answer("Tux", 100);
    const older = world.effects.filter((effect) => effect.type === "acknowledge").at(-1);
    world.withLease();
    expect(world.cached("Tux")).toBeUndefined();
    expect(world.effects).toContainEqual({ type: "end-invalidations", stream: older?.stream ?? (0 as never) });
  });

  test("what an older stream still says is neither taken nor acknowledged", () => {
    const world = new ProductWorld();
    const older = world.openGeneration();
    world.withLease();
    world.read("Tux");
    world.answer("Tux", 100);
    world.tick();
    const effects = world.effects.length;
    const message = { sequence: 9, products: ["Tux"], lease: true, echo: 1 };
    world.reads.step(world.nowMs, { type: "invalidation", stream: older, message });
    world.tick();
    expect(world.effects.length).toBe(effects);
    expect(world.cached("Tux")).toBe("Tux:100");
  });

  test("gained and lost leases are told, not oftener than every 5 s", () => {
    const world = new ProductWorld().withLease();
    const told = () => world.effects.flatMap((effect) => (effect.type === "notice" ? [effect.message] : []));
    world.tick();
    expect(told().at(-1)).toBe("cache lease gained");
    world.pass(1000);
    expect(told().at(-1)).not.toBe("cache lease lost");
    world.pass(5000);
    expect(told()).toContain("cache lease lost");
  });
});

describe("one query at a time", () => {
  test("reads of the same turn share one query", () => {
    const world = new ProductWorld().signOfLife();
    world.reads.read(world.nowMs, "Tux", "first");
    world.reads.read(world.nowMs, "Tux", "second");
    world.tick();
    expect(world.queries).toHaveLength(1);
    world.answer("Tux", 5);
    expect([...world.outcomes.keys()]).toEqual(["first", "second"]);
  });

  test("a read does not join a query that was sent before it began", () => {
    const world = new ProductWorld().signOfLife();
    world.read("Tux", "first");
    world.read("Tux", "second");
    world.read("Tux", "third");
    expect(world.queries).toHaveLength(1);
    world.answer("Tux", 5);
    expect([...world.outcomes.keys()]).toEqual(["first"]);
    expect(world.queries).toHaveLength(2);
    world.answer("Tux", 4);
    expect(world.outcomes.get("second")).toEqual(found("Tux:4"));
    expect(world.outcomes.get("third")).toEqual(found("Tux:4"));
  });

  test("reads that wait for the next query are content with what the first one cached", () => {
    const world = new ProductWorld().withLease();
    world.read("Tux", "first");
    world.read("Tux", "second");
    world.answer("Tux", 5);
    expect(world.outcomes.get("second")).toEqual(found("Tux:5"));
    expect(world.queries).toHaveLength(1);
  });

  test("queries of one turn go in one message, and at most 1,024 in each", () => {
    const world = new ProductWorld().signOfLife();
    for (let i = 0; i < 1025; i++) world.reads.read(world.nowMs, `toy ${i}`, `read ${i}`);
    world.tick();
    const sizes = world.effects.flatMap((effect) => (effect.type === "query" ? [effect.items.length] : []));
    expect(sizes.slice(-2)).toEqual([1024, 1]);
  });

  test("more reads than the limit are refused", () => {
    const world = new ProductWorld({ readsMax: 2 }).signOfLife();
    expect(world.read("Tux", "1")).toBe(true);
    expect(world.read("Lego", "2")).toBe(true);
    expect(world.read("Whale", "3")).toBe(false);
    world.answer("Tux", 1);
    expect(world.read("Whale", "4")).toBe(true);
  });
});

describe("the catalog fails", () => {
  test("reads under way are asked again on the next stream, and a late answer of the old one is ignored", () => {
    const world = new ProductWorld().signOfLife();
    world.read("Tux");
    const old = world.queries[0];
    world.loseQueries().pass(100);
    expect(world.queries).toHaveLength(2);
    world.reply(old?.stream ?? (0 as never), old?.id ?? 0, 100);
    expect(world.outcomes.size).toBe(0);
    world.answer("Tux", 7);
    expect(world.outcomes.get("Tux")).toEqual(found("Tux:7"));
  });

  test("reads that waited for the next query share the repeated one", () => {
    const world = new ProductWorld().signOfLife();
    world.read("Tux", "first");
    world.read("Tux", "second");
    world.loseQueries().pass(100);
    world.answer("Tux", 7);
    expect(world.outcomes.size).toBe(2);
  });

  test("an answer that does not come within 3 s is a timeout while the catalog is up", () => {
    const world = new ProductWorld().signOfLife();
    world.read("Tux");
    for (let i = 0; i < 30; i++) world.pass(100).signOfLife();
    expect(world.outcomes.get("Tux")).toEqual({ type: "timeout" });
  });

  test("a query that nobody waits for any more makes room for those who came later", () => {
    const world = new ProductWorld().signOfLife();
    world.read("Tux", "first");
    for (let i = 0; i < 20; i++) world.pass(100).signOfLife();
    world.read("Tux", "second");
    for (let i = 0; i < 10; i++) world.pass(100).signOfLife();
    expect(world.outcomes.get("first")).toEqual({ type: "timeout" });
    expect(world.queries).toHaveLength(2);
    world.answer("Tux", 3);
    expect(world.outcomes.get("second")).toEqual(found("Tux:3"));
  });

  test("a catalog that has been down for 3 s is known to be down: reads are refused at once", () => {
    const world = new ProductWorld().signOfLife();
    world.loseQueries();
    expect(world.read("Tux")).toBe(true);
    for (let i = 0; i < 29; i++) world.pass(100).loseQueries();
    expect(world.read("Lego")).toBe(true);
    world.pass(100).loseQueries();
    expect(world.outcomes.get("Tux")).toEqual({ type: "unavailable" });
    expect(world.read("Whale")).toBe(false);
  });

  test("a read that is over when the next stream comes is not asked for on it", () => {
    const world = new ProductWorld().signOfLife();
    world.read("Tux");
    for (let i = 0; i < 29; i++) world.pass(100).signOfLife();
    world.read("Lego");
    world.pass(90).loseQueries().pass(10);
    expect([...world.outcomes.keys()]).toEqual(["Tux"]);
    const asked = world.queries.length;
    world.pass(200);
    expect(world.queries.slice(asked).map(({ product }) => product)).toEqual(["Lego"]);
  });

  test("a catalog that comes back within the deadline costs a wait, no error", () => {
    const world = new ProductWorld().signOfLife();
    world.read("Tux");
    world.loseQueries().pass(100).loseQueries().pass(100);
    world.answer("Tux", 9);
    expect(world.outcomes.get("Tux")).toEqual(found("Tux:9"));
    expect(world.read("Lego")).toBe(true);
  });

  test("a quiet catalog is probed, and one that does not answer the probe is lost", () => {
    const world = new ProductWorld().signOfLife();
    const before = { probes: world.probes, stream: world.stream };
    world.pass(300);
    expect(world.probes).toBe(before.probes + 1);
    world.pass(600);
    expect(world.effects).toContainEqual({ type: "close-queries", stream: before.stream });
    world.pass(100);
    expect(world.stream).not.toBe(before.stream);
  });

  test("a stream that never says anything is given up", () => {
    const world = new ProductWorld();
    const { stream } = world;
    world.pass(700);
    expect(world.stream).not.toBe(stream);
  });

  test("a process that was stopped does not hold its own silence against the catalog", () => {
    const world = new ProductWorld().signOfLife();
    const { stream } = world;
    world.pass(350).freeze(5000).tick();
    world.signOfLife();
    world.pass(200);
    expect(world.stream).toBe(stream);
  });

  test("a process that was stopped ends what is over its deadline at once, and who came meanwhile has 3 s from now", () => {
    const world = new ProductWorld().signOfLife();
    world.read("Tux", "before");
    world.freeze(10_000);
    world.read("Tux", "meanwhile");
    world.tick();
    expect([...world.outcomes]).toEqual([["before", { type: "timeout" }]]);
    world.pass(2990);
    expect([...world.outcomes.keys()]).toEqual(["before"]);
    world.pass(10);
    expect(world.outcomes.get("meanwhile")).toEqual({ type: "unavailable" });
  });
});
