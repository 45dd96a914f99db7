import { expect, test } from "bun:test";
import { Load } from "./load.ts";
import { buySome, openStore, plenty, toys } from "./opening.ts";
import { Shopper, TwoShoppers } from "./shopper.ts";
import { expectSound } from "./soundness.ts";

const timeoutMs = 120_000;
const readsCount = 1000;

test(
  "P5: a read right after a purchase on the same connection shows it, 1000 times of 1000",
  async () => {
    await using store = await openStore();
    const buyersToys = toys.slice(0, 5);
    const stale = await Promise.all(
      buyersToys.map((toy) => findStaleReads(store.restPort, toy, readsCount / buyersToys.length)),
    );
    expect(stale.flat()).toEqual([]);
  },
  timeoutMs,
);

/** Buys a toy that nobody else buys, and reads it each time. */
async function findStaleReads(port: number, toy: string, count: number): Promise<string[]> {
  using shopper = new Shopper(port);
  const stale: string[] = [];
  for (let bought = 1; bought <= count; bought++) {
    await shopper.buy(toy);
    const shown = await shopper.quantity(toy);
    if (shown !== plenty - bought) stale.push(`${shown} ${toy} after ${bought}`);
  }
  return stale;
}

test(
  "P5: what is bought through one front-end is never shown old by another, also by one just paused or restarted",
  async () => {
    await using store = await openStore({ frontEnds: 2 });
    const [here, there] = store.frontEnds;
    if (here === undefined || there === undefined) throw new Error("two front-ends were asked for");
    await using across = new Load({
      port: here.restPort,
      readPort: there.restPort,
      toys: toys.slice(0, 3),
      stock: plenty,
      before: [],
    });
    await using back = new Load({
      port: there.restPort,
      readPort: here.restPort,
      toys: toys.slice(3, 6),
      stock: plenty,
      before: [],
    });
    await Promise.all([across.progress(100), back.progress(100)]);
    // Purchases go on when its lease has run out; when it goes on itself it must not trust what it has cached.
    there.process.pause();
    const meanwhile = await buySome(store, 20, ["Frisbee"]);
    there.process.resume();
    await Promise.all([across.progress(100), back.progress(100)]);
    await there.process.restart();
    await Promise.all([across.progress(100), back.progress(100)]);
    const purchases = [...meanwhile, ...(await across.stop()), ...(await back.stop())];
    expect([...across.violations, ...back.violations]).toEqual([]);
    await expectSound(store, purchases);
  },
  timeoutMs,
);

test(
  "P5, P7: a front-end with a full cache shows nothing old after the catalog's restart",
  async () => {
    await using store = await openStore({ frontEnds: 2 });
    using shoppers = new TwoShoppers(store.frontEnds);
    const { here, there } = shoppers;
    for (const name of toys) await there.quantity(name);
    await store.catalog.restart();
    for (const name of toys) {
      await buyWhenOpen(here, name);
      expect(await there.quantity(name)).toBe(plenty - 1);
    }
  },
  timeoutMs,
);

/** Repeats a purchase that certainly did not happen while the catalog starts; with one key, so that it happens once. */
async function buyWhenOpen(shopper: Shopper, name: string): Promise<void> {
  const key = crypto.randomUUID();
  for (;;) {
    const { status } = await shopper.post("/orders", { name, quantity: 1 }, key);
    if (status === 200) return;
    expect([500, 503]).toContain(status);
    await Bun.sleep(25);
  }
}
