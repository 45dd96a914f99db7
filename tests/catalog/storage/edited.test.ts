import { beforeEach, describe, expect, test } from "bun:test";
import { crashes } from "./crashed-life.ts";
import { MemoryFiles } from "./memory-files.ts";
import { problemOf } from "./problem.ts";
import { Shop } from "./shop.ts";

const path = "/store/catalog.csv";
let files: MemoryFiles;

/** The catalog is down; catalog.csv shows 95 Tux of 100, and 90 are left: 5 more were sold since. */
beforeEach(async () => {
  files = new MemoryFiles();
  files.put(path, "product_name,price,quantity\nTux,15.99,100\nLego,49.99,7\n");
  const shop = await Shop.open(files, path);
  shop.sell("Tux", 5);
  await shop.checkpoint();
  shop.sell("Tux", 5);
  await shop.sync();
  await shop.close();
});

function edit(from: string, to: string): void {
  const text = files.text(path) ?? "";
  expect(text).toContain(from);
  files.put(path, text.replace(from, to));
}

describe("an edit of catalog.csv while the catalog is down", () => {
  test("sets a price", async () => {
    edit("15.99", "17.5");
    const shop = await Shop.open(files, path);
    expect(shop.totals("Tux")).toMatchObject({ priceCents: 1_750, onHand: 90, adjusted: 0 });
  });

  test("changes a quantity by its difference: what was sold since stays sold", async () => {
    edit("15.99,95", "15.99,115");
    const shop = await Shop.open(files, path);
    expect(shop.totals("Tux")).toMatchObject({ onHand: 110, sold: 10, adjusted: 20 });
    expect(shop.notices).toMatchObject([{ message: "catalog-edited", details: { product: "Tux", adjusted: 20 } }]);
  });

  test.each([
    ["a new row", "Yacht,1,123456\n"],
    ["a known row", ""],
  ])("may make %s wider than all before: the next checkpoints have room for it", async (_, more) => {
    if (more === "") edit("49.99,7", "49.99,123456");
    else files.put(path, `${files.text(path)}${more}`);
    const shop = await Shop.open(files, path);
    for (let checkpoint = 0; checkpoint < 3; checkpoint++) {
      shop.sell("Tux", 1);
      await shop.checkpoint();
    }
    await shop.close();
    expect(files.text(path)).toMatch(/,123456 *\n/);
    const again = await Shop.open(files, path);
    expect(again.notices).toEqual([]);
    expect(again.totals("Tux")).toMatchObject({ onHand: 87, sold: 13, adjusted: 0 });
  });

  test("takes effect once, however often the catalog starts", async () => {
    edit("15.99,95", "15.99,115");
    for (let start = 0; start < 3; start++) {
      const shop = await Shop.open(files, path);
      expect(shop.totals("Tux").adjusted).toBe(20);
      expect(shop.isCheckpointCurrent).toBe(false);
      await shop.close();
    }
  });

  test.each(crashes)("that an editor left unsynced takes effect once, whatever a crash (%s) leaves", async (crash) => {
    files.putUnsynced(path, (files.text(path) ?? "").replace("15.99,95", "12.99,115"));
    await (await Shop.open(files, path)).close();
    const again = await Shop.open(files.afterCrash(crash), path);
    expect(again.totals("Tux")).toMatchObject({ priceCents: 1_299, onHand: 110, adjusted: 20 });
    expect(again.notices).toEqual([]);
  });

  test.each(crashes)("that only changes the look of the file survives a crash (%s) after the start", async (crash) => {
    files.putUnsynced(path, (files.text(path) ?? "").replaceAll("\n", "\r\n"));
    await (await Shop.open(files, path)).close();
    expect((await Shop.open(files.afterCrash(crash), path)).notices).toEqual([]);
  });

  test("is undone by a second edit", async () => {
    edit("15.99,95", "15.99,115");
    await (await Shop.open(files, path)).close();
    edit("15.99,115", "15.99,95");
    expect((await Shop.open(files, path)).totals("Tux")).toMatchObject({ onHand: 90, adjusted: 0 });
  });

  test("never brings stock below zero, and says so", async () => {
    edit("15.99,95", "15.99,2");
    const shop = await Shop.open(files, path);
    expect(shop.totals("Tux")).toMatchObject({ onHand: 0, adjusted: -90 });
    expect(shop.notices.map(({ message }) => message)).toContain("catalog-edit-limited");
  });

  test("takes away what was restocked before, however often the catalog starts", async () => {
    const before = await Shop.open(files, path);
    before.sell("Lego", 7);
    before.record({ type: "restock", product: "Lego", quantity: 100 });
    await before.checkpoint();
    await before.close();
    edit("49.99,100", "49.99,50");
    for (let start = 0; start < 3; start++) {
      const shop = await Shop.open(files, path);
      expect(shop.totals("Lego")).toMatchObject({ restocked: 100, adjusted: -50, sold: 7, onHand: 50, reserved: 0 });
      await shop.close();
    }
  });

  test("never brings stock above 2^31-1, and says so", async () => {
    const before = await Shop.open(files, path);
    before.record({ type: "restock", product: "Tux", quantity: 100 });
    await before.close();
    edit("15.99,95", "15.99,2147483647");
    const shop = await Shop.open(files, path);
    expect(shop.totals("Tux").onHand).toBe(2 ** 31 - 1);
    expect(shop.notices.map(({ message }) => message)).toContain("catalog-edit-limited");
  });

  test("takes what was set aside when the file was written for what it is: not sold", async () => {
    const before = await Shop.open(files, path);
    before.ledger.setAside("Lego", 3);
    await before.checkpoint();
    await before.close();
    edit("49.99,7", "49.99,9");
    const shop = await Shop.open(files, path);
    expect(shop.totals("Lego")).toMatchObject({ onHand: 9, reserved: 0, adjusted: 2 });
  });

  test("adds a product with its initial quantity", async () => {
    edit("Lego", "Ark,9.99,3\nLego");
    const shop = await Shop.open(files, path);
    expect(shop.totals("Ark")).toMatchObject({ initial: 3, onHand: 3, adjusted: 0 });
  });

  test("does not remove a product: its row is restored, with a warning", async () => {
    edit("Lego,49.99,7  \n", "");
    const shop = await Shop.open(files, path);
    expect(shop.totals("Lego").onHand).toBe(7);
    expect(shop.notices).toMatchObject([{ level: "warn", message: "catalog-row-restored" }]);
    await shop.checkpoint();
    expect(files.text(path)).toContain("Lego,49.99,7");
  });

  test("that changes only the look of the file changes nothing else", async () => {
    edit("Tux,15.99,95", '"Tux",15.99,95');
    const shop = await Shop.open(files, path);
    expect(shop.totals("Tux")).toMatchObject({ onHand: 90, adjusted: 0 });
  });

  test("that breaks the file is refused with file, line and column, and changes nothing", async () => {
    edit("49.99", "a lot");
    const before = files.paths().map((name) => files.text(name));
    expect(await problemOf(Shop.open(files, path))).toContain(`${path}, line 3, column 2 (price)`);
    expect(files.paths().map((name) => files.text(name))).toEqual(before);
  });

  test("that puts a removed row back says what is on hand", async () => {
    edit("Tux,15.99,95 \n", "");
    await (await Shop.open(files, path)).close();
    edit("Lego", "Tux,15.99,80\nLego");
    const shop = await Shop.open(files, path);
    expect(shop.totals("Tux")).toMatchObject({ onHand: 80, adjusted: -10 });
    await shop.close();
    expect((await Shop.open(files, path)).totals("Tux").adjusted).toBe(-10);
  });

  test("needs no other file to be compared with than snapshot and log", async () => {
    edit("15.99,95", "15.99,115");
    for (const name of files.paths()) if (name.includes(".next-")) files.delete(name);
    expect((await Shop.open(files, path)).totals("Tux")).toMatchObject({ onHand: 110, adjusted: 20 });
  });
});

test.each(crashes)(
  "a catalog.csv that was copied unsynced is founded on for good, crash (%s) or not",
  async (crash) => {
    files = new MemoryFiles();
    files.putUnsynced(path, "product_name,price,quantity\nTux,15.99,100\n");
    await (await Shop.open(files, path)).close();
    const again = await Shop.open(files.afterCrash(crash), path);
    expect(again.totals("Tux")).toMatchObject({ onHand: 100, adjusted: 0 });
    expect(again.notices).toEqual([]);
  },
);

describe("a catalog.csv that was removed", () => {
  test("after one of its rows was, is rebuilt with all rows", async () => {
    edit("Lego,49.99,7  \n", "");
    await (await Shop.open(files, path)).close();
    files.delete(path);
    const shop = await Shop.open(files, path);
    expect(shop.held).toBe("nothing");
    await shop.checkpoint();
    expect(files.text(path)).toContain("Lego,49.99,7");
    await shop.close();
    expect((await Shop.open(files, path)).notices).toEqual([]);
  });

  test("is rebuilt from the log, with a warning", async () => {
    files.delete(path);
    const shop = await Shop.open(files, path);
    expect(shop.notices).toMatchObject([{ level: "warn", message: "catalog-file-rebuilt" }]);
    expect(shop.totals("Tux").onHand).toBe(90);
    expect(shop.isCheckpointCurrent).toBe(false);
    await shop.checkpoint();
    expect(files.text(path)).toContain("Tux,15.99,90");
  });
});

test("an edit under a running catalog that the disk has no room for is kept as soon as there is, once", async () => {
  const shop = await Shop.open(files, path);
  edit("15.99,95", "15.99,115");
  const edited = files.text(path);
  const original = files.writeSynced.bind(files);
  files.writeSynced = async (to, parts) => {
    if (!to.includes(".edited-")) return original(to, parts);
    await original(to, [Buffer.from("product")]);
    throw new Error("ENOSPC");
  };
  expect(await problemOf(shop.checkpoint())).toBe("ENOSPC");
  files.writeSynced = original;
  await shop.store.publishCheckpoint(shop.ledger.checkpoint, shop.ledger.sheet());
  const kept = files.paths().filter((name) => name.includes(".edited-"));
  expect(kept.map((name) => files.text(name))).toEqual([edited]);
});
