import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initialCatalog } from "../../../services/catalog/initial.ts";
import { formatCatalog } from "../../../services/catalog/storage/csv.ts";
import { readCatalogFiles } from "../../e2e/files/catalog-files.ts";
import { readOrderLog } from "../../e2e/files/order-log.ts";
import { copyLog, keyOf, toyOf, writeCatalog, writeLog } from "./history.ts";

const orders = 40_000;

test("a made history is what a store that took the orders would have, on every replica and at the catalog", async () => {
  const folder = mkdtempSync(join(tmpdir(), "toystore-history-"));
  try {
    const [log, copy, csv] = ["log1.csv", "log2.csv", "catalog.csv"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeLog(log, 1, 10_000);
    await writeLog(log, 1, orders);
    copyLog(log, copy, 2);
    const logged = readOrderLog(copy);
    expect(logged).toHaveLength(orders);
    expect(logged.every(({ number, name, key }) => name === toyOf(number) && key === keyOf(number))).toBe(true);
    expect(new Set(logged.map(({ key }) => key)).size).toBe(orders);
    expect(readFileSync(`${copy}.identity`, "utf8")).toContain("growth,2,yes");

    await Bun.write(csv, formatCatalog(initialCatalog(100)));
    await writeCatalog(csv, orders);
    const { products, settledBelow } = readCatalogFiles(csv);
    expect(settledBelow).toBe(orders);
    for (const [name, { onHand, sold }] of products) {
      expect(sold).toBe(logged.filter((order) => order.name === name).length);
      expect(onHand).toBe(100);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
