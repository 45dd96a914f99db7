import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { initialCatalog } from "../services/catalog/initial.ts";
import { formatCatalog } from "../services/catalog/storage/csv.ts";
import { followLinks } from "../services/lib/follow-links.ts";
import { namesOf, writeWithFolder } from "../services/runner/initial-catalog.ts";

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
  .option("--force", "write also over a catalog, or beside the files of one; it must not be running")
  .parse()
  .opts<{ quantity: number; out: string; force?: true }>();

/** Why the file is not to be written unless that is forced. */
function objectionTo(file: string): string | undefined {
  if (existsSync(file)) return `${file} is there already; --force replaces it.`;
  const other = namesOf(file)[0];
  if (other === undefined) return undefined;
  return (
    `${join(dirname(file), other)} is there: the store that it belongs to would take a new catalog for an edit. ` +
    "Move all files of that store away first; --force writes the catalog all the same."
  );
}

function main(): number {
  const rows = initialCatalog(options.quantity);
  try {
    const file = followLinks(options.out);
    const objection = options.force ? undefined : objectionTo(file);
    if (objection !== undefined) {
      process.stderr.write(`${objection}\n`);
      return 1;
    }
    writeWithFolder(file, formatCatalog(rows));
  } catch (error) {
    process.stderr.write(`${options.out} cannot be written: ${(error as Error).message}\n`);
    return 1;
  }
  process.stdout.write(`${options.out}: ${rows.length} toys, ${options.quantity} of each\n`);
  return 0;
}

process.exitCode = main();
