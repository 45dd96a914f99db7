import { expect, test } from "bun:test";
import type { Image, Product } from "../../../services/catalog/core/types.ts";
import { type Random, randomInt, seededRandom } from "../../../services/lib/random.ts";
import { hasEnded } from "./crashed-life.ts";
import { type Crash, MemoryFiles } from "./memory-files.ts";
import { lasting, Shop } from "./shop.ts";
import { type Past, Trader } from "./trader.ts";

const path = "/store/catalog.csv";
const header = "product_name,price,quantity";
const stores = 300;
const livesMax = 6;
const crashes: readonly Crash[] = ["kill", "power", "names"];

interface Row {
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
}

/** What counts of a product: `unsold` is what a start has on hand. */
interface Totals {
  readonly priceCents: number;
  readonly initial: number;
  readonly restocked: number;
  readonly adjusted: number;
  readonly sold: number;
  readonly unsold: number;
}

function totalsOf(products: Iterable<Product>): Map<string, Totals> {
  const all = new Map<string, Totals>();
  for (const { name, priceCents, initial, restocked, adjusted, sold, onHand, reserved } of products) {
    all.set(name, { priceCents, initial, restocked, adjusted, sold, unsold: onHand + reserved });
  }
  return all;
}

function rowsOf(text: string): Row[] {
  const rows: Row[] = [];
  for (const line of text.trimEnd().split("\n").slice(1)) {
    const [name = "", price, quantity] = line.split(",");
    rows.push({ name, price: Number(price), quantity: Number(quantity) });
  }
  return rows;
}

function write(files: MemoryFiles, rows: readonly Row[]): void {
  const lines = rows.map(({ name, price, quantity }) => `${name},${price},${quantity}`);
  files.put(path, `${[header, ...lines].join("\n")}\n`);
}

function one<T>(random: Random, all: readonly T[]): T {
  const chosen = all[randomInt(random, all.length)];
  if (chosen === undefined) throw new Error("nothing to choose from");
  return chosen;
}

/** A row as someone leaves it: often as it is, more or less of it, at another price, or removed. */
function edited(random: Random, row: Row): Row | undefined {
  switch (randomInt(random, 8)) {
    case 0:
      return { ...row, quantity: row.quantity + 1 + randomInt(random, 200) };
    case 1:
    case 2:
      return { ...row, quantity: randomInt(random, row.quantity + 1) };
    case 3:
      return { ...row, price: 1 + randomInt(random, 90) };
    case 4:
      return undefined;
    default:
      return row;
  }
}

/** Edits catalog.csv, and tells what the next start is to open with. */
function edit(files: MemoryFiles, random: Random, before: ReadonlyMap<string, Totals>): Map<string, Totals> {
  const rows = rowsOf(files.text(path) ?? "");
  const shown = new Map(rows.map(({ name, quantity }) => [name, quantity]));
  const left = rows.flatMap((row) => edited(random, row) ?? []);
  // One that is new, or that comes back after its row was removed at an earlier time.
  const missing = [...before.keys(), `Toy ${before.size}`].filter((name) => !shown.has(name));
  if (randomInt(random, 3) === 0) left.push({ name: one(random, missing), price: 5, quantity: randomInt(random, 50) });
  write(files, left);
  const after = new Map(before);
  for (const { name, price, quantity } of left) {
    const priceCents = price * 100;
    const totals = before.get(name);
    if (totals === undefined) {
      after.set(name, { priceCents, initial: quantity, restocked: 0, adjusted: 0, sold: 0, unsold: quantity });
      continue;
    }
    const changed = shown.get(name);
    const wanted = changed === undefined ? quantity : totals.unsold + quantity - changed;
    const unsold = Math.max(0, wanted);
    after.set(name, { ...totals, priceCents, unsold, adjusted: totals.adjusted + unsold - totals.unsold });
  }
  return after;
}

/** What a start finds, without one: on a copy of the disk. */
async function find(files: MemoryFiles, past: Past): Promise<Image> {
  const shop = await Shop.open(files.afterCrash("kill"), path);
  expect(shop.notices.filter(({ message }) => message !== "log-repaired")).toEqual([]);
  const { position } = shop.ledger;
  expect(position).toBeGreaterThanOrEqual(past.told);
  const image = lasting(shop.ledger.image());
  expect(image).toEqual(past.images.get(position) as Image);
  return image;
}

function expectConserved(totals: ReadonlyMap<string, Totals>): void {
  for (const { initial, restocked, adjusted, sold, unsold } of totals.values()) {
    expect(initial + restocked + adjusted).toBe(unsold + sold);
  }
}

/** What happened in all lives together. */
const seen = { restarts: 0, edits: 0, stopped: 0, shortages: 0, lost: 0 };

/** Returns the disk as the end of the life left it. */
async function live(files: MemoryFiles, past: Past, random: Random, expected: Map<string, Totals>) {
  const trader = await Trader.open(files, path, past, random);
  const totals = totalsOf(trader.shop.ledger.allProducts());
  expect(totals).toEqual(expected);
  expectConserved(totals);
  if (randomInt(random, 2) === 0) files.stopAfter(randomInt(random, 40));
  const trade = async (): Promise<void> => {
    for (let steps = randomInt(random, 25); steps > 0; steps--) await trader.step();
    if (randomInt(random, 4) === 0) await trader.shop.close();
  };
  if (!(await hasEnded(trade()))) seen.stopped += 1;
  if (trader.shop.ledger.position > past.told) seen.lost += 1;
  return files.afterCrash(one(random, crashes));
}

/** A start that may not come to its end. What was found before it is durable by then, or this start might lose it. */
async function startInVain(files: MemoryFiles, random: Random): Promise<MemoryFiles> {
  files.writeBack().stopAfter(randomInt(random, 10));
  await Shop.open(files, path).catch((error: unknown) => {
    if (!files.isStopped) throw error;
  });
  return files.afterCrash(one(random, crashes));
}

/** A store that is founded, and up to five lives after that, each on what the one before left. */
async function liveAll(random: Random): Promise<void> {
  const past: Past = { images: new Map(), told: 0, shortages: 0 };
  let files = new MemoryFiles();
  const rows = Array.from({ length: 4 }, (_, nth) => ({
    name: `Toy ${nth}`,
    price: 9,
    quantity: randomInt(random, 30),
  }));
  write(files, rows);
  const founded = (await Shop.open(files.afterCrash("kill"), path)).ledger.allProducts();
  files = await live(files, past, random, totalsOf(founded));
  for (let lives = randomInt(random, livesMax); lives > 0; lives--) {
    const { products } = await find(files, past);
    let expected = totalsOf(products);
    if (randomInt(random, 2) === 0) {
      expected = edit(files, random, expected);
      seen.edits += 1;
    }
    if (randomInt(random, 2) === 0) files = await startInVain(files, random);
    files = await live(files, past, random, expected);
    seen.restarts += 1;
  }
  await find(files, past);
  seen.shortages += past.shortages;
}

test("every life of a store begins with what the one before had synced, edits included, and no piece is lost", async () => {
  for (let seed = 1; seed <= stores; seed++) {
    try {
      await liveAll(seededRandom(seed));
    } catch (error) {
      throw new Error(`store ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
});

test("the lives under test have seen enough", () => {
  expect(seen.restarts).toBeGreaterThan(stores);
  expect(seen.edits).toBeGreaterThan(stores / 2);
  expect(seen.stopped).toBeGreaterThan(stores / 10);
  expect(seen.shortages).toBeGreaterThan(stores / 2);
  expect(seen.lost).toBeGreaterThan(stores / 10);
});
