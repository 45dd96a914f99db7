import type { Ledger } from "./ledger.ts";
import { limits, type Settings } from "./limits.ts";
import { roomFor } from "./product.ts";
import type { Turn } from "./turn.ts";
import type { Position, Product } from "./types.ts";

/**
 * Fills up what stands at zero. New stock is not sold before the log that says
 * so is synced: an order must never rest on pieces that a crash takes back. Until
 * then it counts as set aside.
 */
export class Restocks {
  private nextMs: number;
  /** Products that stood at zero when the last restock began, and are still to be looked at. */
  private candidates: Product[] = [];
  /** Not durable yet, oldest first. */
  private readonly arriving = new Map<string, { readonly at: Position; readonly quantity: number }>();

  constructor(
    nowMs: number,
    private readonly settings: Settings,
    private readonly ledger: Ledger,
    private readonly turn: Turn,
  ) {
    this.nextMs = nowMs + settings.restockIntervalMs;
  }

  /** So many at a time, lest a large sold-out catalog stand still. */
  tick(nowMs: number): void {
    if (nowMs >= this.nextMs) {
      this.nextMs = nowMs + this.settings.restockIntervalMs;
      this.candidates = this.ledger.soldOutProducts();
    }
    if (this.candidates.length === 0) return;
    let products = 0;
    for (const product of this.candidates.splice(-limits.restocksPerTickMax)) {
      const quantity = Math.min(this.settings.restockQuantity, roomFor(product));
      if (product.onHand > 0 || quantity === 0 || this.arriving.has(product.name)) continue;
      const at = this.turn.record({ type: "restock", product: product.name, quantity });
      this.arriving.set(product.name, { at, quantity });
      products += 1;
    }
    if (products > 0) this.turn.notice("info", "restocked", { products, quantity: this.settings.restockQuantity });
  }

  onDurable(position: Position): void {
    for (const [name, { at, quantity }] of this.arriving) {
      if (at > position) return;
      this.arriving.delete(name);
      this.ledger.putBack(name, quantity);
    }
  }
}
