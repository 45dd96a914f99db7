import { copyOf, type MutableProduct } from "./product.ts";
import type { Product } from "./types.ts";

/**
 * All products as they are at this moment, gone through once, while they change:
 * one that is about to change before its turn is kept as it is. So a snapshot of
 * a million products takes no longer at a time than its reader asks for.
 */
export class ProgressiveCopy implements Iterable<Product> {
  private next = 0;
  private readonly length: number;
  private readonly kept = new Map<number, Product>();

  constructor(private readonly products: readonly MutableProduct[]) {
    this.length = products.length;
  }

  /** Before each change of a product. */
  keep(product: MutableProduct): void {
    if (product.place < this.next || this.kept.has(product.place)) return;
    this.kept.set(product.place, copyOf(product));
  }

  *[Symbol.iterator](): Generator<Product> {
    while (this.next < this.length) {
      const place = this.next;
      this.next += 1;
      const product = this.kept.get(place) ?? this.products[place];
      this.kept.delete(place);
      if (product !== undefined) yield product;
    }
  }
}
