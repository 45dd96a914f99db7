import type { Ledger } from "./ledger.ts";
import { limits } from "./limits.ts";
import type { Edit, Notice, Row } from "./types.ts";

/** What someone did to catalog.csv while the catalog was down, and what is said about it. */
export interface Edited {
  readonly edits: readonly Edit[];
  readonly notices: readonly Notice[];
}

/**
 * Compares catalog.csv, cell by cell, with the content that it was last given.
 * A price is set. A quantity is a difference, applied to the stock as recovered:
 * what was sold since the file was written stays sold.
 */
export function findEdits(ledger: Ledger, base: readonly Row[], found: readonly Row[]): Edited {
  const before = new Map(base.map((row) => [row.name, row]));
  const edits: Edit[] = [];
  const notices: Notice[] = [];
  for (const row of found) {
    const edit = findEdit(ledger, before.get(row.name), row, notices);
    if (edit !== undefined) edits.push(edit);
    before.delete(row.name);
  }
  for (const name of before.keys()) notices.push(warn("catalog-row-restored", { product: name }));
  return { edits, notices };
}

function findEdit(ledger: Ledger, before: Row | undefined, row: Row, notices: Notice[]): Edit | undefined {
  const product = ledger.product(row.name);
  if (product === undefined) {
    notices.push(info("catalog-edited", { product: row.name, price: row.priceCents / 100, initial: row.quantity }));
    return { product: row.name, priceCents: row.priceCents, quantity: row.quantity, isNew: true };
  }
  // A row that comes back after it was removed has no cell to compare with: it says what is on hand.
  const old = before ?? { name: row.name, priceCents: product.priceCents, quantity: product.onHand };
  if (old.priceCents === row.priceCents && old.quantity === row.quantity) return undefined;
  const wanted = product.onHand + row.quantity - old.quantity;
  const possible = Math.max(0, Math.min(wanted, limits.quantityMax - product.reserved));
  const quantity = possible - product.onHand;
  const priceCents = old.priceCents === row.priceCents ? product.priceCents : row.priceCents;
  notices.push(info("catalog-edited", { product: row.name, price: priceCents / 100, adjusted: quantity }));
  if (possible !== wanted) {
    notices.push(warn("catalog-edit-limited", { product: row.name, wanted, onHand: possible }));
  }
  return { product: row.name, priceCents, quantity, isNew: false };
}

function info(message: string, details: Notice["details"]): Notice {
  return { type: "notice", level: "info", message, details };
}

function warn(message: string, details: Notice["details"]): Notice {
  return { type: "notice", level: "warn", message, details };
}
