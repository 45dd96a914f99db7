import type { Ledger } from "./ledger.ts";
import { limits } from "./limits.ts";
import { type Edit, type Notice, noRow, type Product, type Row } from "./types.ts";

/** What someone did to catalog.csv while the catalog was down, and what is said about it. */
export interface Edited {
  readonly edits: readonly Edit[];
  readonly notices: readonly Notice[];
}

/**
 * Compares catalog.csv, cell by cell, with what checkpoint `based` put into it.
 * A price is set. A quantity is a difference, applied to the stock as recovered:
 * what was sold since the file was written stays sold.
 */
export function findEdits(ledger: Ledger, based: number, found: readonly Row[]): Edited {
  const edits: Edit[] = [];
  const notices: Notice[] = [];
  let known = 0;
  for (const row of found) {
    const product = ledger.product(row.name);
    if (product === undefined) {
      notices.push(info("catalog-edited", { product: row.name, price: row.priceCents / 100, initial: row.quantity }));
      const { priceCents, quantity } = row;
      edits.push({ product: row.name, priceCents, quantity, shown: quantity, isNew: true });
      continue;
    }
    known += 1;
    const shown = ledger.shownIn(based, row.name);
    if (shown === row.quantity && product.priceCents === row.priceCents) continue;
    edits.push(findEdit(product, shown, row, notices));
  }
  if (known < ledger.productCount) edits.push(...findRemoved(ledger, based, found, notices));
  return { edits, notices };
}

function findEdit(product: Product, shown: number, row: Row, notices: Notice[]): Edit {
  // A row that comes back after it was removed has no cell to compare with: it says what is on hand.
  const wanted = shown === noRow ? row.quantity : product.onHand + row.quantity - shown;
  const possible = Math.max(0, Math.min(wanted, limits.quantityMax - product.reserved));
  const { name, priceCents } = row;
  const quantity = possible - product.onHand;
  notices.push(info("catalog-edited", { product: name, price: priceCents / 100, adjusted: quantity }));
  if (possible !== wanted) {
    notices.push(warn("catalog-edit-limited", { product: name, wanted, onHand: possible }));
  }
  return { product: name, priceCents, quantity, shown: row.quantity, isNew: false };
}

/** A product is not removed with its row: the next checkpoint restores it. */
function findRemoved(ledger: Ledger, based: number, found: readonly Row[], notices: Notice[]): Edit[] {
  const rows = new Set(found.map(({ name }) => name));
  const edits: Edit[] = [];
  for (const { name, priceCents } of ledger.allProducts()) {
    if (rows.has(name) || ledger.shownIn(based, name) === noRow) continue;
    notices.push(warn("catalog-row-restored", { product: name }));
    edits.push({ product: name, priceCents, quantity: 0, shown: noRow, isNew: false });
  }
  return edits;
}

function info(message: string, details: Notice["details"]): Notice {
  return { type: "notice", level: "info", message, details };
}

function warn(message: string, details: Notice["details"]): Notice {
  return { type: "notice", level: "warn", message, details };
}
