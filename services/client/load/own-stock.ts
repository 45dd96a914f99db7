import type { Finding } from "../proof/findings.ts";

/**
 * What the only buyer of a store must see: after its purchases, exactly the
 * stock that they leave. Stock also grows, when the catalog restocks what stands
 * at zero, so a product that was seen or bought down to zero is not predicted.
 */
export class OwnStock {
  /** Product to the quantity that the next reads must show; always above zero. */
  private readonly expected = new Map<string, number>();

  /** A read showed `quantity`. */
  seen(name: string, quantity: number): Finding | undefined {
    const expected = this.expected.get(name);
    this.remember(name, quantity);
    if (expected === undefined || expected === quantity) return undefined;
    return { type: "stale stock", name, expected, shown: quantity };
  }

  bought(name: string, quantity: number): void {
    const before = this.expected.get(name);
    if (before !== undefined) this.remember(name, before - quantity);
  }

  /** A purchase failed and may or may not have happened. */
  unknown(name: string): void {
    this.expected.delete(name);
  }

  /** A purchase of `quantity` was refused; it must not be if there was enough. */
  refused(name: string, quantity: number): Finding | undefined {
    const expected = this.expected.get(name);
    this.expected.delete(name);
    if (expected === undefined || expected < quantity) return undefined;
    return { type: "stale stock", name, expected, shown: 0 };
  }

  private remember(name: string, quantity: number): void {
    if (quantity > 0) this.expected.set(name, quantity);
    else this.expected.delete(name);
  }
}
