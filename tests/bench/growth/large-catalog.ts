import { closeSync, openSync, writeSync } from "node:fs";

/** The name of product `nth`, from 0. */
export function productOf(nth: number): string {
  return `Toy ${String(nth).padStart(7, "0")}`;
}

/** Writes a catalog.csv with so many products, as an operator's export would have it. */
export function writeLargeCatalog(csv: string, products: number, quantity: number): void {
  const rowsAtOnce = 10_000;
  const file = openSync(csv, "w");
  try {
    writeSync(file, "product_name,price,quantity\n");
    for (let first = 0; first < products; first += rowsAtOnce) {
      let rows = "";
      for (let nth = first; nth < Math.min(products, first + rowsAtOnce); nth++) {
        rows += `${productOf(nth)},${(1 + (nth % 9_000) / 100).toFixed(2)},${quantity}\n`;
      }
      writeSync(file, rows);
    }
  } finally {
    closeSync(file);
  }
}
