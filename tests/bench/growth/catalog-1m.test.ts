import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCatalog } from "../../../services/catalog/storage/csv.ts";
import { catalog1m } from "./catalog-1m.ts";
import { productOf, writeLargeCatalog } from "./large-catalog.ts";

test("a large catalog has as many products as it should, each with its name", () => {
  const folder = mkdtempSync(join(tmpdir(), "large-catalog-"));
  try {
    const csv = join(folder, "catalog.csv");
    writeLargeCatalog(csv, 25_000, 7);
    const rows = parseCatalog(csv, readFileSync(csv));
    expect(rows).toHaveLength(25_000);
    expect(rows.at(-1)).toMatchObject({ name: productOf(24_999), quantity: 7 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the scenario has the name that the command knows it by", () => {
  expect(catalog1m.name).toBe("catalog-1m");
});
