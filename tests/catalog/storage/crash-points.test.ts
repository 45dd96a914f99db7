import { expect, test } from "bun:test";
import type { Image } from "../../../services/catalog/core/types.ts";
import { type Crash, MemoryFiles, Stopped } from "./memory-files.ts";
import { problemOf } from "./problem.ts";
import { lasting, Shop } from "./shop.ts";

const path = "/store/catalog.csv";
const crashes: readonly Crash[] = ["kill", "power", "names"];

function freshDisk(): MemoryFiles {
  const files = new MemoryFiles();
  files.put(path, "product_name,price,quantity\nTux,15.99,100\nLego,49.99,7\n");
  return files;
}

/** What a life of the catalog came to, as far as it came. */
interface Life {
  /** The state after each change. */
  readonly images: Map<number, Image>;
  /** Everything up to this change was told to someone. */
  told: number;
}

/** Founds a store and does everything that touches its files, checkpoints and snapshots among them. */
async function live(files: MemoryFiles, life: Life): Promise<void> {
  const shop = await Shop.open(files, path);
  const note = async (act: () => void | Promise<unknown>): Promise<void> => {
    await act();
    await shop.sync();
    life.told = shop.durable;
  };
  const sell = (): void => {
    shop.sell("Tux", 3);
    life.images.set(shop.ledger.position, shop.ledger.image());
  };
  life.images.set(shop.ledger.position, shop.ledger.image());
  life.told = shop.ledger.position;
  // As if an order for it were under way all the time.
  shop.ledger.setAside("Lego", 2);
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

/** Lives until operation `count`, crashes, and gives the disk as it is then. */
async function liveAndCrash(count: number, crash: Crash): Promise<{ files: MemoryFiles; life: Life; ended: boolean }> {
  const files = freshDisk();
  const life: Life = { images: new Map(), told: 0 };
  files.stopAfter(count);
  const ended = await live(files, life).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof Stopped)) throw error;
      return false;
    },
  );
  return { files: files.afterCrash(crash), life, ended };
}

async function operationsOf(act: (files: MemoryFiles) => Promise<unknown>, files: MemoryFiles): Promise<number> {
  files.stopAfter(Number.POSITIVE_INFINITY);
  await act(files);
  return files.operations;
}

const total = await operationsOf((files) => live(files, { images: new Map(), told: 0 }), freshDisk());

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

test("the life under test does enough to be worth crashing", () => {
  expect(total).toBeGreaterThan(70);
});

test.each(crashes)(
  "a crash (%s) after any file operation loses nothing that was told, and looks like no edit",
  async (crash) => {
    for (let count = 0; count <= total; count++) {
      const { files, life, ended } = await liveAndCrash(count, crash);
      expect(ended).toBe(count === total);
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
  },
);

/** Someone puts 20 more Tux into the file, and makes Lego cheaper. */
function edit(files: MemoryFiles): void {
  const text = files.text(path) ?? "";
  const edited = text.replace(/Tux,15.99,(\d+)/, (_, quantity: string) => `Tux,15.99,${Number(quantity) + 20}`);
  files.put(path, edited.replace("49.99", "39.99"));
}

test.each(crashes)("an edit after a crash (%s) at any file operation takes effect exactly once", async (crash) => {
  for (let count = 0; count <= total; count++) {
    const { files } = await liveAndCrash(count, crash);
    const isFounded = files.paths().some((name) => /snapshot-\d+$/.test(name));
    const untouched = await Shop.open(files.afterCrash("kill"), path);
    edit(files);
    const shop = await Shop.open(files, path);
    const before = untouched.totals("Tux");
    expect(shop.totals("Tux")).toMatchObject({ onHand: before.onHand + 20, adjusted: isFounded ? 20 : 0 });
    expect(shop.totals("Lego").priceCents).toBe(3_999);
    await shop.close();
    const again = await Shop.open(files, path);
    expect(again.totals("Tux")).toEqual(shop.totals("Tux"));
    await again.close();
  }
});

/** Every disk that a crash can leave, at any operation of a start that takes an edit; `before`: Tux before the edit. */
async function* crashedEdits(crash: Crash): AsyncGenerator<{ disk: MemoryFiles; before: number }> {
  for (let count = 0; count <= total; count++) {
    const { files } = await liveAndCrash(count, "kill");
    if (!files.paths().some((name) => /snapshot-\d+$/.test(name))) continue;
    const before = (await Shop.open(files.afterCrash("kill"), path)).totals("Tux").onHand;
    edit(files);
    const operations = await operationsOf((disk) => Shop.open(disk, path), files.afterCrash("kill"));
    for (let second = 0; second < operations; second++) {
      const disk = files.afterCrash("kill");
      disk.stopAfter(second);
      expect(await problemOf(Shop.open(disk, path))).not.toBe("");
      yield { disk: disk.afterCrash(crash), before };
    }
  }
}

test.each(crashes)(
  "a crash (%s) at any file operation of a start that takes an edit changes nothing of that",
  async (crash) => {
    for await (const { disk, before } of crashedEdits(crash)) {
      for (let start = 0; start < 3; start++) {
        const shop = await Shop.open(disk, path);
        expect(shop.totals("Tux")).toMatchObject({ onHand: before + 20, adjusted: 20 });
        expect(shop.totals("Lego").priceCents).toBe(3_999);
        await shop.close();
      }
    }
  },
);

test.each(crashes)("a second edit after such a crash (%s) is added to the first", async (crash) => {
  for await (const { disk, before } of crashedEdits(crash)) {
    edit(disk);
    const shop = await Shop.open(disk, path);
    expect(shop.totals("Tux")).toMatchObject({ onHand: before + 40, adjusted: 40 });
    await shop.close();
  }
});
