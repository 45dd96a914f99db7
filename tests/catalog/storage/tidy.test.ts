import { beforeEach, describe, expect, test } from "bun:test";
import { MemoryFiles } from "./memory-files.ts";
import { lasting, Shop } from "./shop.ts";

const path = "/store/catalog.csv";
let files: MemoryFiles;

beforeEach(() => {
  files = new MemoryFiles();
  files.put(path, "product_name,price,quantity\nTux,15.99,100\n");
});

describe("a start removes what a crash left", () => {
  test("of files that were only half made", async () => {
    await (await Shop.open(files, path)).close();
    const before = files.paths();
    for (const name of ["snapshot-9", "wal-10", "next-7"]) files.put(`${path}.${name}.tmp`, "half");
    await (await Shop.open(files, path)).close();
    expect(files.paths()).toEqual(before);
  });

  test("of the log and the snapshot before the last snapshot", async () => {
    const shop = await Shop.open(files, path);
    shop.sell("Tux", 3);
    await shop.sync();
    const old = ["snapshot-1", "wal-2"].map((name) => [`${path}.${name}`, files.text(`${path}.${name}`)] as const);
    await shop.snapshot();
    await shop.close();
    const after = files.paths();
    for (const [name, text] of old) files.put(name, text ?? "");
    const again = await Shop.open(files, path);
    expect(files.paths()).toEqual(after);
    expect(lasting(again.ledger.image())).toEqual(lasting(shop.ledger.image()));
  });
});
