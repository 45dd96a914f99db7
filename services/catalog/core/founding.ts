import { newProduct } from "./product.ts";
import type { Image, Row, Version } from "./types.ts";

/** A new catalog: every product at its first quantity, nothing reserved, nothing sold. */
export function foundingImage(rows: readonly Row[]): Image {
  const version = 1 as Version;
  return {
    version,
    storeId: undefined,
    fence: { term: 0, session: 0 },
    settledBelow: 0,
    checkpoint: 1,
    before: [],
    reservations: [],
    products: rows.map((row) => newProduct(row.name, row.priceCents, row.quantity, version)),
  };
}
