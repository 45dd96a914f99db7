import { newProduct } from "./product.ts";
import type { Image, Position, Row } from "./types.ts";

/** A new catalog: every product at its first quantity, nothing reserved, nothing sold. */
export function foundingImage(rows: readonly Row[]): Image {
  return {
    position: 1 as Position,
    storeId: undefined,
    fence: { term: 0, session: 0 },
    settledBelow: 0,
    checkpoint: 1,
    before: [],
    products: rows.map((row) => newProduct(row.name, row.priceCents, row.quantity)),
  };
}
