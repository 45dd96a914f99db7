import { expect } from "bun:test";
import type { Image } from "../../../services/catalog/core/types.ts";
import { type Crash, MemoryFiles, Stopped } from "./memory-files.ts";
import { lasting, Shop } from "./shop.ts";

export const path = "/store/catalog.csv";
export const crashes: readonly Crash[] = ["kill", "power", "names"];

function freshDisk(): MemoryFiles {
  const files = new MemoryFiles();
  files.put(path, "product_name,price,quantity\nTux,15.99,100\nLego,49.99,7\n");
  return files;
}

/** What a life of the catalog came to, as far as it came. */
export interface Life {
  /** The state after each change. */
  readonly images: Map<number, Image>;
  /** Everything up to this change was told to someone. */
  told: number;
}

/** A store that is open, and what a test does with it so that `life` knows. */
interface Living {
  readonly shop: Shop;
  /** Sells, and asks for no sync. */
  readonly sell: () => void;
  /** Syncs what was done, and tells it. */
  readonly note: (act: () => void | Promise<unknown>) => Promise<void>;
}

async function begin(files: MemoryFiles, life: Life): Promise<Living> {
  const shop = await Shop.open(files, path);
  const remember = (): unknown => life.images.set(shop.ledger.position, shop.ledger.image());
  // What a crash took is not to come back.
  for (const position of life.images.keys()) if (position > shop.ledger.position) life.images.delete(position);
  remember();
  life.told = shop.ledger.position;
  // As if an order for it were under way all the time.
  shop.ledger.setAside("Lego", 2);
  return {
    shop,
    sell() {
      shop.sell("Tux", 3);
      remember();
    },
    async note(act) {
      await act();
      await shop.sync();
      life.told = shop.durable;
    },
  };
}

/** Founds a store and does everything that touches its files, checkpoints and snapshots among them. */
async function live(files: MemoryFiles, life: Life): Promise<void> {
  const { shop, sell, note } = await begin(files, life);
  await note(sell);
  await note(() => shop.checkpoint());
  await note(sell);
  // Nobody asks for a sync of this one.
  sell();
  await note(() => shop.checkpoint());
  sell();
  await note(() => shop.snapshot());
  // From here on rows are written over in their place.
  for (let round = 0; round < 3; round++) {
    await note(sell);
    await note(() => shop.checkpoint());
  }
  await shop.close();
}

/** Goes on with what a crash left, for a while. */
export async function liveOn(files: MemoryFiles, life: Life): Promise<void> {
  const { shop, sell, note } = await begin(files, life);
  await note(() => shop.checkpoint());
  await note(sell);
  await note(() => shop.snapshot());
  await shop.close();
}

/** False: the machine stopped before it ended. */
export async function hasEnded(living: Promise<unknown>): Promise<boolean> {
  try {
    await living;
    return true;
  } catch (error) {
    if (error instanceof Stopped) return false;
    throw error;
  }
}

/** Founds a store, crashes at operation `count` of its life, and gives the disk as it is then. */
export async function liveAndCrash(
  count: number,
  crash: Crash,
): Promise<{ files: MemoryFiles; life: Life; ended: boolean }> {
  const files = freshDisk();
  const life: Life = { images: new Map(), told: 0 };
  files.stopAfter(count);
  const ended = await hasEnded(live(files, life));
  return { files: files.afterCrash(crash), life, ended };
}

export async function operationsOf(act: (files: MemoryFiles) => Promise<unknown>, files: MemoryFiles): Promise<number> {
  files.stopAfter(Number.POSITIVE_INFINITY);
  await act(files);
  return files.operations;
}

export const total = await operationsOf((files) => live(files, { images: new Map(), told: 0 }), freshDisk());

/** The state without what only the files are about. */
function stockOf(image: Image) {
  const { products, fence, settledBelow } = lasting(image);
  return { products: products.map((product) => ({ ...product, shown: 0 })), fence, settledBelow };
}

function expectRemembered(shop: Shop, life: Life): void {
  const { position } = shop.ledger;
  expect(position).toBeGreaterThanOrEqual(life.told);
  expect(shop.totals("Lego")).toMatchObject({ onHand: 7, reserved: 0 });
  const known = [...life.images.keys()].filter((each) => each <= position).at(-1);
  if (known === undefined) expect(shop.totals("Tux").onHand).toBe(100);
  else expect(stockOf(shop.ledger.image())).toEqual(stockOf(life.images.get(known) as Image));
}

/** Someone puts 20 more Tux into the file, and makes Lego cheaper. */
export function edit(files: MemoryFiles): void {
  const text = files.text(path) ?? "";
  const edited = text.replace(/Tux,15.99,(\d+)/, (_, quantity: string) => `Tux,15.99,${Number(quantity) + 20}`);
  files.put(path, edited.replace("49.99", "39.99"));
}

/** A start finds all that was told, takes nothing for an edit, and goes on: catalog.csv is brought up to date. */
export async function expectSoundStart(files: MemoryFiles, life: Life): Promise<void> {
  const shop = await Shop.open(files, path);
  expectRemembered(shop, life);
  expect(shop.notices.filter(({ message }) => message !== "log-repaired")).toEqual([]);
  await shop.checkpoint();
  await shop.close();
  const again = await Shop.open(files, path);
  expect(again.notices).toEqual([]);
  expect(again.isCheckpointCurrent).toBe(true);
  expect(files.text(path)).toMatch(new RegExp(`^Tux,15.99,${again.totals("Tux").onHand} *$`, "m"));
  await again.close();
}
