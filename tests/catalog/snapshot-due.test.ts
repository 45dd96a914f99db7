import { expect, test } from "bun:test";
import { Catalog } from "../../services/catalog/core/catalog.ts";
import { limits } from "../../services/catalog/core/limits.ts";
import type { Effect, SessionId, Settle } from "../../services/catalog/core/types.ts";
import { MemoryFiles } from "./storage/memory-files.ts";
import { Shop } from "./storage/shop.ts";

const path = "/store/catalog.csv";
const settings = { checkpointIntervalMs: 1_000, restockIntervalMs: 10_000, restockQuantity: 100 };
const session = 1 as SessionId;
const products = 1_000;
const toys = Array.from({ length: products }, (_, nth) => `Toy ${nth}`);

/** A store whose log holds so many settles, of each product one piece. */
async function startAfter(batches: number): Promise<Shop> {
  const files = new MemoryFiles();
  files.put(path, `product_name,price,quantity\n${toys.map((name) => `${name},1,1000\n`).join("")}`);
  const shop = await Shop.open(files, path);
  const sales = toys.map((product) => ({ product, quantity: 1, adjusted: 0 }));
  for (let batch = 0; batch < batches; batch++) {
    shop.record({ type: "settle", first: batch * products, orders: products, sales });
  }
  await shop.close();
  return Shop.open(files, path);
}

/** The snapshots that a catalog asks for that opens a session and settles one order of each product. */
function snapshotsOf({ ledger, held, changesSinceSnapshot }: Shop): (Effect & { type: "snapshot" })[] {
  const catalog = new Catalog(0, { ledger, held, changesSinceSnapshot }, settings);
  const first = ledger.settledBelow;
  catalog.step(0, { type: "session-open", session, storeId: "store", fence: { term: 1, session: 1 } });
  const opening = catalog.drain(0);
  catalog.step(0, { type: "durable", position: ledger.position });
  const opened = catalog.drain(0);
  const settles = toys.map((product, nth): Settle => {
    return { number: first + nth, key: `c:${first + nth}`, product, quantity: 1 };
  });
  catalog.step(0, { type: "session-work", session, work: { settles, returns: [], reserves: [] } });
  const effects = [...opening, ...opened, ...catalog.drain(0)];
  return effects.filter((effect) => effect.type === "snapshot");
}

test("a start counts what the settles in the log hold, and the catalog goes on counting from there", async () => {
  const batches = Math.floor(limits.changesPerSnapshot / (products + 1));
  const shop = await startAfter(batches);
  expect(shop.changesSinceSnapshot).toBe(batches * (products + 1));
  const [snapshot] = snapshotsOf(shop);
  expect(snapshot?.portrait).toMatchObject({ settledBelow: (batches + 1) * products });
  expect(snapshotsOf(await startAfter(batches - 2))).toEqual([]);
});

test("after a start no snapshot is taken before something has changed: a segment that is still empty is not begun anew", async () => {
  const { ledger, held, changesSinceSnapshot } = await startAfter(Math.ceil(limits.changesPerSnapshot / products));
  expect(changesSinceSnapshot).toBeGreaterThan(limits.changesPerSnapshot);
  const catalog = new Catalog(0, { ledger, held, changesSinceSnapshot }, { ...settings, checkpointIntervalMs: 1e9 });
  catalog.step(0, { type: "tick" });
  expect(catalog.drain(0)).toEqual([]);
});
