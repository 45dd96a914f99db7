import { describe, expect, test } from "bun:test";
import { World } from "./fixture.ts";

describe("product reads", () => {
  test("an unknown product is 404", async () => {
    await using world = await World.start();
    expect((await world.frontEnd.get("/products/Nessie")).status).toBe(404);
  });

  test("without a lease every read asks the catalog", async () => {
    await using world = await World.start();
    for (let i = 0; i < 3; i++) await world.frontEnd.quantityOf("Tux");
    expect(world.catalog.queries).toEqual(["Tux", "Tux", "Tux"]);
  });

  test("with a lease a value is asked for once, until it changes", async () => {
    await using world = await World.start();
    await world.feed();
    for (let i = 0; i < 3; i++) expect(await world.frontEnd.quantityOf("Tux")).toBe(100);
    expect(world.catalog.queries).toEqual(["Tux"]);
    await world.catalog.change("Tux", 99);
    for (let i = 0; i < 3; i++) expect(await world.frontEnd.quantityOf("Tux")).toBe(99);
    expect(world.catalog.queries).toEqual(["Tux", "Tux"]);
  });

  test("with two front-ends a read after a change shows it, at either", async () => {
    await using world = await World.start(2);
    for (const frontEnd of world.frontEnds) await world.feed(frontEnd);
    for (let quantity = 99; quantity >= 50; quantity--) {
      await world.catalog.change("Tux", quantity);
      const shown = await Promise.all(world.frontEnds.map(async (frontEnd) => await frontEnd.quantityOf("Tux")));
      expect(shown).toEqual([quantity, quantity]);
    }
  });

  test("a stream that ends takes the cache with it when its lease is over", async () => {
    await using world = await World.start();
    const feed = await world.feed();
    await world.frontEnd.quantityOf("Tux");
    feed.close();
    await feed.ended;
    while (world.frontEnd.products.status().leased) await Bun.sleep(10);
    world.catalog.quantities.set("Tux", 5);
    expect(await world.frontEnd.quantityOf("Tux")).toBe(5);
  });

  test("a newer stream ends the older one and begins with an empty cache", async () => {
    await using world = await World.start();
    const older = await world.feed();
    await world.frontEnd.quantityOf("Tux");
    world.catalog.quantities.set("Tux", 5);
    await world.feed();
    await older.ended;
    expect(await world.frontEnd.quantityOf("Tux")).toBe(5);
  });

  test("a catalog that is killed and comes back within the deadline costs a wait, no error", async () => {
    await using world = await World.start();
    await world.catalogServer.kill();
    const read = world.frontEnd.quantityOf("Tux");
    await world.catalogServer.start();
    expect(await read).toBe(100);
  });

  test("a catalog that stays away is 503, at once when it is known to be down", async () => {
    await using world = await World.start();
    await world.catalogServer.kill();
    expect((await world.frontEnd.get("/products/Tux")).status).toBe(503);
    const begun = performance.now();
    expect((await world.frontEnd.get("/products/Tux")).status).toBe(503);
    expect(performance.now() - begun).toBeLessThan(1000);
    expect((await world.frontEnd.buy("a")).status).toBe(200);
    await world.catalogServer.start();
    await world.frontEnd.ready();
    expect(await world.frontEnd.quantityOf("Tux")).toBe(100);
  });

  test("a catalog that is stopped is noticed by its silence", async () => {
    await using world = await World.start();
    while (!world.frontEnd.products.status().catalogUp) await Bun.sleep(10);
    world.catalog.isDeaf = true;
    while (!world.frontEnd.notices.includes("catalog unreachable")) await Bun.sleep(10);
    expect((await fetch(`${world.frontEnd.url}/readyz`)).status).toBe(503);
    world.catalog.isDeaf = false;
    expect(await world.frontEnd.quantityOf("Tux")).toBe(100);
  });
});
