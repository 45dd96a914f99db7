import { beforeEach, describe, expect, test } from "bun:test";
import type { Patch } from "../../../services/catalog/storage/files.ts";
import { MemoryFiles } from "./memory-files.ts";
import { problemOf } from "./problem.ts";
import { Shop } from "./shop.ts";

const path = "/store/catalog.csv";
const others = Array.from({ length: 50 }, (_, nth) => `Toy ${nth},9.99,100\n`).join("");

/** Knows what was written to catalog.csv and what takes its place. */
class WatchedFiles extends MemoryFiles {
  whole: string[] = [];
  patches: string[] = [];
  /** Put in the place of catalog.csv by someone else, one just before each sync of the folder. */
  toSave: string[] = [];

  override syncFolder(folder: string): Promise<void> {
    const saved = this.toSave.shift();
    if (saved !== undefined) this.put(path, saved);
    return super.syncFolder(folder);
  }

  override writeSynced(to: string, parts: Iterable<Uint8Array>): Promise<void> {
    if (to.includes(".next-")) this.whole.push(to);
    return super.writeSynced(to, parts);
  }

  override patch(to: string, made: Iterable<Patch>): Promise<void> {
    const patches = [...made];
    this.patches.push(...patches.map(({ bytes }) => Buffer.from(bytes).toString()));
    return super.patch(to, patches);
  }

  forget(): void {
    this.whole = [];
    this.patches = [];
  }
}

let files: WatchedFiles;
let shop: Shop;

beforeEach(async () => {
  files = new WatchedFiles();
  files.put(path, `product_name,price,quantity\nTux,15.99,100\n${others}`);
  shop = await Shop.open(files, path);
  await sell("Tux", 1);
  await sell("Tux", 1);
  files.forget();
});

/** Sells, and lets catalog.csv show it. */
async function sell(product: string, quantity: number): Promise<string | undefined> {
  shop.sell(product, quantity);
  return shop.checkpoint();
}

/** The same, but the crash comes before catalog.csv shows it. */
async function logOnly(product: string, quantity: number): Promise<void> {
  shop.sell(product, quantity);
  shop.record({ type: "checkpoint", checkpoint: shop.ledger.checkpoint + 1 });
  await shop.sync();
}

async function restart(meanwhile: () => void = () => undefined): Promise<void> {
  await shop.close();
  meanwhile();
  shop = await Shop.open(files, path);
  expect(shop.notices).toEqual([]);
  files.forget();
}

/** The file that is to take the place of catalog.csv. */
function next(): string {
  return files.paths().find((name) => name.includes(".next-")) ?? "";
}

function shown(product: string): number {
  return Number(new RegExp(`^${product},[0-9.]+,(\\d+) *$`, "m").exec(files.text(path) ?? "")?.[1]);
}

describe("a checkpoint", () => {
  test("writes the quantities that changed since the file was last catalog.csv, and nothing else", async () => {
    await sell("Toy 7", 2);
    expect(files.patches.sort()).toEqual(["98 ", "98 "]);
    files.forget();
    await sell("Toy 8", 95);
    expect(files.patches.sort()).toEqual(["5  ", "98 "]);
    expect(files.whole).toEqual([]);
    expect([shown("Tux"), shown("Toy 7"), shown("Toy 8"), shown("Toy 9")]).toEqual([98, 98, 5, 100]);
  });

  test("shows what is not sold: also what is only set aside, which no start would know of", async () => {
    shop.ledger.setAside("Toy 7", 2);
    await sell("Toy 8", 1);
    expect(files.patches.sort()).toEqual(["98 ", "99 "]);
    expect([shown("Toy 7"), shown("Toy 8")]).toEqual([100, 99]);
  });

  test("after a start writes nothing else either, if both files are as they were left", async () => {
    await sell("Toy 7", 2);
    await restart();
    await sell("Toy 8", 1);
    expect(files.whole).toEqual([]);
    expect(files.patches.sort()).toEqual(["98 ", "99 "]);
    expect([shown("Tux"), shown("Toy 7"), shown("Toy 8")]).toEqual([98, 98, 99]);
  });

  test.each([
    ["an edited quantity", (text: string) => text.replace("Toy 9,9.99,100", "Toy 9,9.99,7  ")],
    ["an edited quantity in the row that is behind", (text: string) => text.replace("Tux,15.99,99 ", "Tux,15.99,7  ")],
    ["another header", (text: string) => text.replace("price", "cents")],
    ["a row more", (text: string) => `${text}Toy 77,9.99,100\n`],
    ["an end cut off", (text: string) => text.slice(0, -9)],
    ["nothing in it", () => ""],
  ])("after a start writes the whole file once if the other one has %s", async (_, edit) => {
    await restart(() => files.putInto(next(), edit(files.text(next()) ?? "")));
    await sell("Toy 8", 1);
    expect(files.whole).toHaveLength(1);
    await sell("Toy 8", 1);
    expect(files.whole).toHaveLength(1);
    expect([shown("Tux"), shown("Toy 8"), shown("Toy 9")]).toEqual([98, 98, 100]);
  });

  test("after a start finds the rows that are behind, whatever the order in which they were sold", async () => {
    for (const product of ["Toy 9", "Toy 3", "Tux", "Toy 30"]) shop.sell(product, 1);
    await shop.checkpoint();
    await restart();
    await sell("Toy 8", 1);
    expect(files.whole).toEqual([]);
    expect(files.patches.sort()).toEqual(["97 ", "99 ", "99 ", "99 ", "99 "]);
  });

  test("after a start leaves a column wider than its numbers as wide", async () => {
    shop.record({ type: "restock", product: "Tux", quantity: 5_000 });
    shop.ledger.putBack("Tux", 5_000);
    await shop.checkpoint();
    await sell("Tux", 5_000);
    await sell("Tux", 1);
    // Without it the log would tell how much there was.
    await shop.snapshot();
    await restart();
    await sell("Tux", 1);
    expect(files.whole).toEqual([]);
    expect(files.patches).toEqual(["96  ", "96  "]);
  });

  test("after a start never writes into catalog.csv itself under its other name", async () => {
    files = new WatchedFiles();
    files.put(path, `product_name,price,quantity\nTux,15.99,100\n${others}`);
    await (await Shop.open(files, path)).close();
    files.delete(next());
    await files.link(path, `${path}.next-2`);
    await files.link(path, "/reader/open");
    shop = await Shop.open(files, path);
    await sell("Tux", 1);
    expect([shown("Tux"), /Tux,15.99,(\d+)/.exec(files.text("/reader/open") ?? "")?.[1]]).toEqual([99, "100"]);
  });

  test("after a start does without the other file if it cannot be read, and says so", async () => {
    await shop.close();
    const unreadable = next();
    const original = files.read.bind(files);
    files.read = (from) =>
      from === unreadable
        ? Promise.reject(Object.assign(new Error("EIO: i/o error"), { code: "EIO" }))
        : original(from);
    shop = await Shop.open(files, path);
    const details = { file: unreadable, reason: "EIO: i/o error" };
    expect(shop.notices).toEqual([{ type: "notice", level: "warn", message: "next-file-unreadable", details }]);
    files.forget();
    await sell("Tux", 1);
    expect(files.whole).toHaveLength(1);
    expect(shown("Tux")).toBe(97);
  });

  test("that was logged and not shown is no edit if catalog.csv holds it all the same", async () => {
    await logOnly("Toy 7", 2);
    await restart(() => files.putInto(path, (files.text(path) ?? "").replace("Toy 7,9.99,100", "Toy 7,9.99,98 ")));
    expect(shop.held).toBe("last");
    await sell("Toy 8", 1);
    await restart();
    expect(shop.totals("Toy 7")).toMatchObject({ onHand: 98, sold: 2, adjusted: 0 });
  });

  test("of which a snapshot told that it was logged and not shown is shown, and is no edit later", async () => {
    await logOnly("Toy 7", 2);
    await shop.snapshot();
    await restart();
    expect(shop.held).toBe("before");
    for (let more = 0; more < 3; more++) await sell("Toy 8", 1);
    expect([shown("Toy 7"), shown("Toy 8")]).toEqual([98, 97]);
    await restart();
    expect(shop.totals("Toy 7")).toMatchObject({ onHand: 98, sold: 2, adjusted: 0 });
  });

  test("that a crash kept from being shown is shown after the start, and the next one writes over the file that was found", async () => {
    await logOnly("Toy 7", 2);
    await restart();
    await sell("Toy 8", 1);
    expect(files.whole).toHaveLength(1);
    expect(files.patches.sort()).toEqual(["98 ", "99 "]);
    expect([shown("Tux"), shown("Toy 7"), shown("Toy 8")]).toEqual([98, 98, 99]);
  });

  test("of a quantity that is wider than all before it makes room for it in both files", async () => {
    shop.record({ type: "restock", product: "Tux", quantity: 5_000 });
    await shop.checkpoint();
    await sell("Tux", 8);
    expect(files.whole).toHaveLength(2);
    files.forget();
    await sell("Toy 1", 1);
    expect(files.whole).toEqual([]);
    expect(files.patches.sort()).toEqual(["5090", "99  "]);
    expect([shown("Tux"), shown("Toy 1")]).toEqual([5_090, 99]);
  });
});

test("whoever still reads an older catalog.csv when the whole file is written is not cut short", async () => {
  await files.link(next(), "/reader/open");
  const before = files.text("/reader/open");
  shop.record({ type: "restock", product: "Tux", quantity: 5_000 });
  await shop.checkpoint();
  expect(files.text("/reader/open")).toBe(before);
});

describe("someone else who writes to a running catalog's files", () => {
  test("in catalog.csv itself: the content is kept, of no effect, and never written over", async () => {
    files.putInto(path, (files.text(path) ?? "").replace("Toy 9,9.99,100", "Toy 9,9.99,777"));
    const kept = await sell("Tux", 1);
    expect(files.text(kept ?? "")).toContain("Toy 9,9.99,777");
    for (let more = 0; more < 3; more++) expect(await sell("Tux", 1)).toBeUndefined();
    expect([shown("Tux"), shown("Toy 9")]).toEqual([94, 100]);
  });

  test("in catalog.csv, when another file is about to take its place: kept and not used either", async () => {
    files.putInto(next(), (files.text(next()) ?? "").replace("Toy 9,9.99,100", "Toy 9,9.99,777"));
    const kept = await sell("Tux", 1);
    expect(files.text(kept ?? "")).toContain("Toy 9,9.99,777");
    expect([shown("Tux"), shown("Toy 9")]).toEqual([97, 100]);
    await shop.close();
    expect((await Shop.open(files, path)).notices).toEqual([]);
  });

  const edits = ["70", "71", "72"].map((quantity) => `product_name,price,quantity\nTux,15.99,${quantity}\n`);
  const kept = () => files.paths().flatMap((name) => (name.includes(".edited-") ? [files.text(name)] : []));
  test.each([1, 2])("by a rename just before another file takes its place, %d times: each is kept", async (times) => {
    files.toSave = edits.slice(0, times);
    expect(files.text((await sell("Tux", 1)) ?? "")).toBe(edits[times - 1] ?? "");
    expect(kept()).toEqual(edits.slice(0, times));
    for (let more = 0; more < 3; more++) expect(await sell("Tux", 1)).toBeUndefined();
    expect([shown("Tux"), shown("Toy 9")]).toEqual([94, 100]);
  });

  test("by one rename after the other: the checkpoint fails before one is lost, and may be tried again", async () => {
    files.toSave = [...edits];
    expect(await problemOf(sell("Tux", 1))).toBe(`${path} is written to by someone else all the time`);
    await shop.store.publishCheckpoint(shop.ledger.checkpoint, shop.ledger.sheet());
    expect([shown("Tux"), shown("Toy 9")]).toEqual([97, 100]);
    expect(kept()).toEqual(edits);
  });

  test("a catalog.csv that is removed comes back with the next checkpoint", async () => {
    files.delete(path);
    expect(await sell("Tux", 1)).toBeUndefined();
    await sell("Tux", 1);
    expect([shown("Tux"), shown("Toy 9")]).toEqual([96, 100]);
  });
});

test("a checkpoint whose last step failed is finished, and not taken for an edit", async () => {
  let failures = 1;
  const original = files.syncFolder.bind(files);
  let syncs = 0;
  files.syncFolder = (folder) => {
    syncs += 1;
    if (syncs === 2 && failures-- > 0) return Promise.reject(new Error("EIO"));
    return original(folder);
  };
  shop.sell("Tux", 1);
  shop.record({ type: "checkpoint", checkpoint: shop.ledger.checkpoint + 1 });
  await shop.sync();
  const publish = () => shop.store.publishCheckpoint(shop.ledger.checkpoint, shop.ledger.sheet());
  expect(await problemOf(publish())).toBe("EIO");
  expect(await publish()).toEqual({ editKeptAs: undefined });
  expect(await sell("Tux", 1)).toBeUndefined();
  expect(shown("Tux")).toBe(96);
});

test("where a file cannot have two names every checkpoint writes the whole file, and nothing is an edit", async () => {
  files.knowsLinks = false;
  for (const left of [97, 96, 95]) {
    expect(await sell("Tux", 1)).toBeUndefined();
    expect(shown("Tux")).toBe(left);
  }
  expect(files.whole.length).toBeGreaterThan(0);
  await shop.close();
  shop = await Shop.open(files, path);
  expect(shop.totals("Tux")).toMatchObject({ onHand: 95, adjusted: 0 });
});
