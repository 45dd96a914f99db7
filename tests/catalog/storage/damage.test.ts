import { beforeEach, describe, expect, test } from "bun:test";
import { LineSealer } from "../../../services/catalog/storage/lines.ts";
import { MemoryFiles } from "./memory-files.ts";
import { lasting, Shop } from "./shop.ts";

const path = "/store/catalog.csv";
const wal = `${path}.wal-2`;
let files: MemoryFiles;
let shop: Shop;

beforeEach(async () => {
  files = new MemoryFiles();
  files.put(path, "product_name,price,quantity\nTux,15.99,100\n");
  shop = await Shop.open(files, path);
  for (let at = 0; at < 5; at++) shop.sell("Tux", 1);
  await shop.sync();
  await shop.close();
});

/** The error of a start, which must not have changed anything. */
async function refusal(): Promise<string> {
  const before = files.paths().map((name) => [name, files.text(name)]);
  const message = await Shop.open(files, path).then(
    () => "it started",
    (error: unknown) => (error instanceof Error ? error.message : "no error"),
  );
  expect(files.paths().map((name) => [name, files.text(name)])).toEqual(before);
  return message;
}

describe("a snapshot", () => {
  /** The snapshot with its lines changed, and all of them sealed anew: not damage, but another program's. */
  function reseal(change: (line: string) => string): void {
    const snapshot = `${path}.snapshot-1`;
    const sealer = new LineSealer(0);
    const lines = (files.text(snapshot) ?? "").trimEnd().split("\n");
    files.put(snapshot, lines.map((line) => sealer.seal(change(line.slice(0, line.lastIndexOf(","))))).join(""));
  }

  test.each([
    ["a field is missing", (line: string) => line.replace(/^(product,.*),\d+$/, "$1")],
    ["there is a field too many", (line: string) => line.replace(/^product,.*$/, "$&,1")],
    ["a number is none", (line: string) => line.replace(/^(product,.*),\d+$/, "$1,x")],
    ["a product is missing", (line: string) => line.replace(/^end,1/, "end,2")],
  ])("in which %s stops the start", async (_, change) => {
    reseal(change);
    expect(await refusal()).toContain(`${path}.snapshot-1 is damaged at offset`);
  });

  test("that is sealed anew as it was does not", async () => {
    reseal((line) => line);
    expect((await Shop.open(files, path)).totals("Tux").sold).toBe(5);
  });
});

describe("the write-ahead log", () => {
  test("a torn last line is cut off and reported", async () => {
    const text = files.text(wal) ?? "";
    files.put(wal, `${text}7,settle,5,1,T`);
    const again = await Shop.open(files, path);
    expect(lasting(again.ledger.image())).toEqual(lasting(shop.ledger.image()));
    expect(again.notices).toMatchObject([
      { level: "warn", message: "log-repaired", details: { path: wal, bytes: 14 } },
    ]);
    expect(files.text(wal)).toBe(text);
    again.sell("Tux", 1);
    await again.sync();
    await again.close();
    expect((await Shop.open(files, path)).totals("Tux").sold).toBe(6);
  });

  test("damage in the middle stops the start, with file, offset and what to do", async () => {
    const text = files.text(wal) ?? "";
    const offset = text.indexOf("4,settle,2,1,Tux");
    files.put(wal, text.replace("4,settle,2,1,Tux,1", "4,settle,2,1,Tux,7"));
    const message = await refusal();
    expect(message).toContain(`${wal} is damaged at offset ${offset} (line 4)`);
    expect(message).toContain(`truncate -s ${offset} ${wal}`);
  });

  test.each([
    ["its number", (header: string) => header.replace(",2,", ",3,")],
    ["its checksum", (header: string) => header.replace(/(.)$/, (digit) => (digit === "0" ? "1" : "0"))],
  ])("damage of %s in the header stops the start, and no cut is offered: nothing would be left", async (_, change) => {
    const [header = "", ...lines] = (files.text(wal) ?? "").split("\n");
    files.put(wal, [change(header), ...lines].join("\n"));
    const message = await refusal();
    expect(message).toContain(`${wal} is damaged at offset 0 (its header)`);
    expect(message).not.toContain("truncate");
  });

  test("damage of the line after the header leaves a way out that works", async () => {
    files.put(wal, (files.text(wal) ?? "").replace("2,settle,0", "2,settle,7"));
    const size = Number(/truncate -s (\d+) /.exec(await refusal())?.[1]);
    await files.truncate(wal, size);
    for (const name of files.paths()) if (name.includes(".next-")) files.delete(name);
    files.delete(path);
    expect((await Shop.open(files, path)).totals("Tux")).toMatchObject({ onHand: 100, sold: 0 });
  });

  test("damage of the last whole line stops the start too: it may have been acknowledged", async () => {
    const text = files.text(wal) ?? "";
    files.put(wal, text.replace("6,settle,4,1,Tux,1", "6,settle,4,1,Tux,7"));
    expect(await refusal()).toContain("(line 6)");
  });

  test("the way out that the error names works", async () => {
    const text = files.text(wal) ?? "";
    files.put(wal, text.slice(0, text.indexOf("4,settle")));
    for (const name of files.paths()) if (name.includes(".next-")) files.delete(name);
    files.delete(path);
    const again = await Shop.open(files, path);
    expect(again.totals("Tux")).toMatchObject({ onHand: 98, sold: 2 });
  });

  test("a line of another log in its place stops the start", async () => {
    const lines = (files.text(wal) ?? "").split("\n");
    lines.splice(3, 1);
    files.put(wal, lines.join("\n"));
    expect(await refusal()).toContain(`${wal} is damaged at offset`);
  });

  test("a missing log stops the start", async () => {
    files.delete(wal);
    expect(await refusal()).toContain(`${wal} is missing`);
  });

  test("a log without its header stops the start", async () => {
    files.put(wal, "");
    expect(await refusal()).toContain(`${wal} is damaged at offset 0`);
  });

  test("a missing segment between two stops the start", async () => {
    const again = await Shop.open(files, path);
    const first = files.text(`${path}.snapshot-1`) ?? "";
    const segment = files.text(wal) ?? "";
    await again.snapshot();
    again.sell("Tux", 1);
    await again.snapshot();
    await again.close();
    for (const name of files.paths()) if (name.includes("snapshot")) files.delete(name);
    files.put(`${path}.snapshot-1`, first);
    files.put(wal, segment);
    expect(await refusal()).toContain("does not continue the log before it");
  });

  test("a segment that is torn stops the start if another one follows: what is cut off there may have been told", async () => {
    const before = [`${path}.snapshot-1`, wal].map((name) => [name, files.text(name) ?? ""] as const);
    const again = await Shop.open(files, path);
    await again.snapshot();
    await again.close();
    files.delete(`${path}.snapshot-6`);
    for (const [name, text] of before) files.put(name, text);
    expect((await Shop.open(files.afterCrash("kill"), path)).totals("Tux").sold).toBe(5);
    files.put(wal, `${files.text(wal)}7,settle,5,1,T`);
    expect(await refusal()).toContain(`${wal} is damaged at offset`);
  });

  test("the log after a snapshot stops the start if it is that of another store", async () => {
    await (await Shop.open(files, path)).snapshot();
    const others = new MemoryFiles();
    others.put(path, "product_name,price,quantity\nTux,15.99,100\n");
    const other = await Shop.open(others, path);
    for (let at = 0; at < 5; at++) other.sell("Tux", 2);
    await other.snapshot();
    files.put(`${path}.wal-7`, others.text(`${path}.wal-7`) ?? "");
    expect(await refusal()).toContain(`${path}.wal-7 does not continue the log before it`);
  });
});

describe("a catalog.csv whose log is gone", () => {
  test.each([2, 8])(
    "is not founded on while a next-%d says that there was one, and nothing is changed",
    async (number) => {
      const next = `${path}.next-${number}`;
      files = new MemoryFiles();
      files.put(path, "product_name,price,quantity\nTux,15.99,95\n");
      files.put(next, "");
      const message = await refusal();
      expect(message).toContain(`${next} is there, but no snapshot of its store`);
      expect(message).toContain("or, to found a new store on catalog.csv as it is, remove it");
      files.delete(next);
      expect((await Shop.open(files, path)).totals("Tux").initial).toBe(95);
    },
  );
});

describe("the snapshot", () => {
  test("a flipped letter stops the start, with file and offset", async () => {
    const snapshot = `${path}.snapshot-1`;
    files.put(snapshot, (files.text(snapshot) ?? "").replace("Tux", "Tax"));
    expect(await refusal()).toContain(`${snapshot} is damaged at offset`);
  });

  test("a snapshot that is cut short stops the start", async () => {
    const snapshot = `${path}.snapshot-1`;
    const lines = (files.text(snapshot) ?? "").split("\n");
    files.put(snapshot, `${lines.slice(0, -2).join("\n")}\n`);
    expect(await refusal()).toContain(`${snapshot} is damaged at offset`);
  });

  test("a snapshot with more behind its end stops the start", async () => {
    const snapshot = `${path}.snapshot-1`;
    files.put(snapshot, `${files.text(snapshot)}product,Lego`);
    expect(await refusal()).toContain(`${snapshot} is damaged at offset`);
  });

  test("a snapshot under the name of another stops the start", async () => {
    files.put(`${path}.snapshot-2`, files.text(`${path}.snapshot-1`) ?? "");
    expect(await refusal()).toContain(`${path}.snapshot-2 is not what its name says`);
  });

  test.each([
    ["whole", (text: string) => text],
    ["torn at its first change", (text: string) => text.slice(0, text.indexOf("2,settle") + 9)],
  ])("a missing snapshot does not let the store begin anew: the log is %s", async (_, cut) => {
    files.delete(`${path}.snapshot-1`);
    files.put(wal, cut(files.text(wal) ?? ""));
    expect(await refusal()).toContain("no snapshot that it continues");
  });
});

test("a log that ends before the checkpoint that catalog.csv shows stops the start", async () => {
  const text = files.text(wal) ?? "";
  const again = await Shop.open(files, path);
  await again.checkpoint();
  await again.close();
  files.put(wal, text);
  expect(await refusal()).toContain("the end of the log is lost");
});

test.each([1, 2])("a snapshot of the earlier version %d is called that, and not damaged", async (version) => {
  files.put(`${path}.snapshot-1`, `toystore-catalog-snapshot-${version},1,00000000\n`);
  expect(await refusal()).toBe(`${path}.snapshot-1 was written by an older version of this catalog.`);
});

test("a last line without end is an error that names it, and takes no memory", async () => {
  files.put(path, `${files.text(path) ?? ""}${"x".repeat(2 ** 20)}`);
  expect(await refusal()).toContain(`${path}, line 3`);
});
