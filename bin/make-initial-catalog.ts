import { existsSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { initialCatalog } from "../services/catalog/initial.ts";
import { formatCatalog } from "../services/catalog/storage/csv.ts";
import { writeWithFolder } from "../services/runner/initial-catalog.ts";

const quantityMax = 2 ** 31 - 1;

function parseQuantity(text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= quantityMax) return value;
  throw new InvalidArgumentError(`Accepted is a whole number from 0 to ${quantityMax}.`);
}

const options = new Command("make-initial-catalog")
  .description("Writes the catalog of a new store: 162 toys.")
  .option("--quantity <n>", "stock of each toy", parseQuantity, 100)
  .option("--out <file>", "where to write", "data/catalog.csv")
  .option("--force", "replace the file if it is there; the catalog must not be running")
  .parse()
  .opts<{ quantity: number; out: string; force?: true }>();

function main(): number {
  if (existsSync(options.out) && options.force === undefined) {
    process.stderr.write(`${options.out} is there already; --force replaces it.\n`);
    return 1;
  }
  const rows = initialCatalog(options.quantity);
  try {
    writeWithFolder(options.out, formatCatalog(rows));
  } catch (error) {
    process.stderr.write(`${options.out} cannot be written: ${(error as Error).message}\n`);
    return 1;
  }
  process.stdout.write(`${options.out}: ${rows.length} toys, ${options.quantity} of each\n`);
  return 0;
}

process.exitCode = main();
