import { beforeEach, describe, expect, test } from "bun:test";
import { MemoryFiles } from "./memory-files.ts";
import { Shop } from "./shop.ts";

const path = "/store/catalog.csv";

/** Files in which someone writes to one of them right after it was read. */
class EditedFiles extends MemoryFiles {
  edited: string | undefined;

  override async read(from: string): Promise<Uint8Array | undefined> {
    const bytes = await super.read(from);
    if (from === this.edited) {
      this.edited = undefined;
      edit(from, "777");
    }
    return bytes;
  }
}

let files: EditedFiles;

/** Both files are as they were left: catalog.csv, and the one that is to take its place. */
beforeEach(async () => {
  files = new EditedFiles();
  files.put(path, "product_name,price,quantity\nTux,15.99,100\nLego,49.99,100\n");
  const shop = await Shop.open(files, path);
  for (let checkpoint = 0; checkpoint < 2; checkpoint++) await sell(shop);
  await shop.close();
});

/** Sells, and lets catalog.csv show it. */
function sell(shop: Shop): Promise<string | undefined> {
  shop.sell("Tux", 1);
  return shop.checkpoint();
}

function edit(name: string, quantity: string): void {
  const text = files.text(name) ?? "";
  expect(text).toContain("Lego,49.99,100");
  files.putInto(name, text.replace("Lego,49.99,100", `Lego,49.99,${quantity}`));
}

/** The file that is to take the place of catalog.csv. */
function next(): string {
  return files.paths().find((name) => name.includes(".next-")) ?? "";
}

describe("an edit that comes when a start has just read the file", () => {
  test.each([
    ["catalog.csv", () => path],
    ["the file that is to take its place", next],
  ])("of %s is kept, and not written over or shown", async (_, edited) => {
    files.edited = edited();
    const shop = await Shop.open(files, path);
    expect(files.edited).toBeUndefined();
    const kept = await sell(shop);
    expect(files.text(kept ?? "")).toContain("Lego,49.99,777");
    expect(files.text(path)).toContain("Lego,49.99,100");
  });
});

test("edits of both files between two checkpoints are both kept", async () => {
  const shop = await Shop.open(files, path);
  edit(next(), "777");
  edit(path, "888");
  await sell(shop);
  const kept = files.paths().filter((name) => name.includes(".edited-"));
  const rows = kept.flatMap((name) => /Lego,.*$/m.exec(files.text(name) ?? "") ?? []);
  expect(rows.sort()).toEqual(["Lego,49.99,777", "Lego,49.99,888"]);
});
