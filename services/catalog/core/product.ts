import { assert } from "../../lib/assert.ts";
import { limits } from "./limits.ts";
import type { Product, Version } from "./types.ts";

/** A product that its ledger may change; readers see `Product`. */
export type MutableProduct = { -readonly [Field in keyof Product]: Product[Field] };

export function newProduct(name: string, priceCents: number, quantity: number, version: Version): MutableProduct {
  return {
    name,
    priceCents,
    version,
    initial: quantity,
    restocked: 0,
    adjusted: 0,
    onHand: quantity,
    reserved: 0,
    sold: 0,
  };
}

/** Ends the process if a change has lost or made a piece. */
export function assertConserved(product: Product): void {
  const { initial, restocked, adjusted, onHand, reserved, sold } = product;
  const conserved = initial + restocked + adjusted === onHand + reserved + sold;
  const inRange = onHand >= 0 && reserved >= 0 && sold >= 0 && onHand + reserved <= limits.quantityMax;
  if (!conserved || !inRange) assert(false, `stock is not conserved: ${JSON.stringify(product)}`);
}

/** How many pieces more the product can take. */
export function roomFor(product: Product): number {
  return limits.quantityMax - product.onHand - product.reserved;
}
