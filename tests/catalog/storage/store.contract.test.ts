import { afterEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Files, systemFiles } from "../../../services/catalog/storage/files.ts";
import { MemoryFiles } from "./memory-files.ts";
import { problemOf } from "./problem.ts";
import { lasting, Shop } from "./shop.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function onDisk(): Promise<{ files: Files; path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "catalog-"));
  folders.push(folder);
  return { files: systemFiles, path: join(folder, "catalog.csv") };
}

const inMemory = (): Promise<{ files: Files; path: string }> =>
  Promise.resolve({ files: new MemoryFiles(), path: "/store/catalog.csv" });

const first = 'product_name,price,quantity\nTux,15.99,100\n"Ark, large",7,5\n';
const write = (files: Files, path: string, text: string) => files.writeSynced(path, [Buffer.from(text)]);
const read = async (files: Files, path: string) => Buffer.from((await files.read(path)) ?? "").toString();

describe.each([
  ["on disk", onDisk],
  ["in memory", inMemory],
] as const)("a store %s", (_, make) => {
  test("is founded on catalog.csv", async () => {
    const { files, path } = await make();
    await write(files, path, first);
    const shop = await Shop.open(files, path);
    expect(shop.totals("Tux")).toMatchObject({ priceCents: 1_599, initial: 100, onHand: 100 });
    expect(shop.totals("Ark, large")).toMatchObject({ priceCents: 700, initial: 5, onHand: 5 });
    expect(shop.isCheckpointCurrent).toBe(true);
    await shop.close();
  });

  test("is not founded on a catalog.csv with a name twice", async () => {
    const { files, path } = await make();
    await write(files, path, `${first}Tux,1,1\n`);
    expect(await problemOf(Shop.open(files, path))).toContain('line 4, column 1 (product_name): "Tux" is on line 2');
    expect(await files.list(join(path, ".."))).toEqual(["catalog.csv"]);
  });

  test("without a catalog.csv is not founded, and says how to make one", async () => {
    const { files, path } = await make();
    expect(await problemOf(Shop.open(files, path))).toContain(`bin/make-initial-catalog --out ${path}`);
  });

  test("holds everything after a restart: stock, fence, settled number", async () => {
    const { files, path } = await make();
    await write(files, path, first);
    const shop = await Shop.open(files, path);
    shop.record({ type: "fence", storeId: "s1", term: 3, session: 2 });
    const sales = [
      { product: "Tux", quantity: 3, adjusted: 0 },
      { product: "Ark, large", quantity: 7, adjusted: 2 },
    ];
    shop.record({ type: "settle", first: 0, orders: 4, sales });
    shop.record({ type: "restock", product: "Ark, large", quantity: 100 });
    shop.sell("Tux", 1);
    await shop.sync();
    await shop.close();
    const again = await Shop.open(files, path);
    expect(lasting(again.ledger.image())).toEqual(lasting(shop.ledger.image()));
    expect(again.ledger).toMatchObject({ storeId: "s1", fence: { term: 3, session: 2 }, settledBelow: 5 });
    expect(again.totals("Ark, large")).toMatchObject({ initial: 5, restocked: 100, adjusted: 2, onHand: 100, sold: 7 });
    expect(again.isCheckpointCurrent).toBe(false);
    await again.close();
  });

  test("keeps what was appended before it is closed, also if nobody asked for a sync", async () => {
    const { files, path } = await make();
    await write(files, path, first);
    const shop = await Shop.open(files, path);
    shop.sell("Tux", 3);
    await shop.close();
    expect(shop.durable).toBe(shop.ledger.position);
    const again = await Shop.open(files, path);
    expect(again.totals("Tux")).toMatchObject({ onHand: 97, sold: 3 });
    await again.close();
  });

  test("has what was only set aside on hand after a restart, from the log and from a snapshot", async () => {
    const { files, path } = await make();
    await write(files, path, first);
    const shop = await Shop.open(files, path);
    shop.ledger.setAside("Tux", 3);
    shop.sell("Tux", 4);
    await shop.close();
    const again = await Shop.open(files, path);
    expect(again.totals("Tux")).toMatchObject({ onHand: 96, reserved: 0, sold: 4 });
    again.ledger.setAside("Tux", 3);
    await again.snapshot();
    await again.close();
    const third = await Shop.open(files, path);
    expect(third.totals("Tux")).toMatchObject({ onHand: 96, reserved: 0, sold: 4 });
    await third.close();
  });

  test("shows a checkpoint in catalog.csv, and takes nothing for an edit afterwards", async () => {
    const { files, path } = await make();
    await write(files, path, first);
    const shop = await Shop.open(files, path);
    shop.sell("Tux", 3);
    await shop.checkpoint();
    shop.sell("Tux", 4);
    await shop.sync();
    await shop.close();
    expect(await read(files, path)).toBe('product_name,price,quantity\nTux,15.99,97 \n"Ark, large",7.00,5  \n');
    const again = await Shop.open(files, path);
    expect(again.totals("Tux")).toMatchObject({ onHand: 93, sold: 7, adjusted: 0 });
    expect(again.notices).toEqual([]);
    await again.close();
  });

  test("shows a checkpoint as it was logged, also if all that is in it is sold while it is written", async () => {
    const { files, path } = await make();
    const toys = [...Array(300).keys()].map((nth) => `Toy ${nth}`);
    await write(files, path, `product_name,price,quantity\n${toys.map((toy) => `${toy},1.00,100\n`).join("")}`);
    const shop = await Shop.open(files, path);
    const sellEach = (): void => {
      for (const toy of toys) shop.sell(toy, 1);
    };
    for (let left = 99; left > 96; left--) {
      sellEach();
      const publishing = shop.checkpoint().then(() => "shown");
      // Once it is logged, as much is sold again between each part that is written and the next.
      await shop.sync();
      const selling = { isOver: false };
      const last = publishing.then(() => (selling.isOver = true));
      for (let sold = 0; !selling.isOver && sold < 20; sold++) {
        if (left === 97) sellEach();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await last;
      const rows = (await read(files, path)).split("\n").slice(1, -1);
      expect(new Set(rows.map((row) => row.split(",")[2]))).toEqual(new Set([`${left} `]));
    }
    await shop.sync();
    await shop.close();
    const again = await Shop.open(files, path);
    expect(again.notices).toEqual([]);
    await again.close();
  });

  test("removes the log before a snapshot, and holds everything all the same", async () => {
    const { files, path } = await make();
    await write(files, path, first);
    const shop = await Shop.open(files, path);
    for (let round = 0; round < 3; round++) {
      shop.sell("Tux", 1);
      const taking = shop.snapshot();
      shop.sell("Tux", 1);
      await taking;
    }
    await shop.sync();
    await shop.close();
    const names = await files.list(join(path, ".."));
    expect(names.filter((name) => /wal|snapshot/.test(name)).sort()).toEqual([
      "catalog.csv.snapshot-6",
      "catalog.csv.wal-7",
    ]);
    const again = await Shop.open(files, path);
    expect(lasting(again.ledger.image())).toEqual(lasting(shop.ledger.image()));
    // One settle, with one product in it.
    expect(again.changesSinceSnapshot).toBe(2);
    await again.close();
  });

  test("is closed when the snapshot that is being taken is there", async () => {
    const { files, path } = await make();
    await write(files, path, first);
    const shop = await Shop.open(files, path);
    shop.sell("Tux", 1);
    const taking = shop.snapshot();
    await shop.close();
    const names = await files.list(join(path, ".."));
    expect(names.filter((name) => /wal|snapshot/.test(name)).sort()).toEqual([
      "catalog.csv.snapshot-2",
      "catalog.csv.wal-3",
    ]);
    await taking;
  });

  test("keeps a copy of a catalog.csv that is edited while it runs", async () => {
    const { files, path } = await make();
    await write(files, path, first);
    const shop = await Shop.open(files, path);
    const edited = first.replace("100", "50");
    await write(files, path, edited);
    shop.sell("Tux", 1);
    const copy = await shop.checkpoint();
    expect(await read(files, copy ?? "")).toBe(edited);
    expect(await read(files, path)).toContain("Tux,15.99,99");
    await shop.close();
  });
});
