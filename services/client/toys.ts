import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";

/** Toys that every catalog made by bin/make-initial-catalog has. */
const knownToys: readonly string[] = [
  "Tux",
  "Whale",
  "Elephant",
  "Python",
  "Lego",
  "Barbie",
  "Slinky",
  "Frisbee",
  "Monopoly",
  "Marbles",
];

const usualFile = "data/catalog.csv";

export type Toys = { readonly names: readonly string[]; readonly from: string } | { readonly problem: string };

/**
 * The names to choose from. The catalog has no listing of its products, so they
 * come from its file: the one given, else the usual one, else ten known toys.
 */
export function readToys(file: string | undefined, usual = usualFile): Toys {
  const path = file ?? usual;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (file === undefined) return { names: knownToys, from: "ten well-known toys" };
    return { problem: `${path} cannot be read: ${(error as Error).message}` };
  }
  const names = namesOf(text);
  if (names.length === 0) return { problem: `${path} has no product names: its first line must be product_name,...` };
  return { names, from: path };
}

/** The first column of a catalog file; empty if the text is not a catalog. */
function namesOf(text: string): string[] {
  try {
    const [header, ...rows]: string[][] = parse(text, { bom: true, relax_column_count: true, skip_empty_lines: true });
    if (header?.[0] !== "product_name") return [];
    return rows.flatMap((row) => row[0] ?? []);
  } catch {
    // Not CSV at all: for the caller the same as a file without names.
    return [];
  }
}
