import { assert } from "../../lib/assert.ts";
import type { Ledger } from "./ledger.ts";
import type { Key, Reservation, Reserve, SessionId, Settle, Version } from "./types.ts";

/** How a committed order stands to the reservations. */
export type SettleCase = "reserved" | "unreserved" | "contradicted" | "unknown-product";

/** What is set aside for which order: in memory only, since a leader can tell it anew from the order log. */
export class Reservations {
  private readonly byKey = new Map<Key, Reservation>();

  constructor(private readonly ledger: Ledger) {}

  get size(): number {
    return this.byKey.size;
  }

  /** Oldest first. */
  all(): Reservation[] {
    return [...this.byKey.values()];
  }

  of(key: Key): Reservation | undefined {
    return this.byKey.get(key);
  }

  /** There is enough on hand, and nothing of this key. The version that shows it. */
  add({ key, product, quantity }: Reserve, session: SessionId): Version {
    assert(!this.byKey.has(key), `a second reservation of ${key}`);
    this.ledger.setAside(product, quantity);
    const { version } = this.ledger;
    this.byKey.set(key, { key, product, quantity, version, session });
    return version;
  }

  /** It is asked for again, perhaps by another session. */
  renew(reservation: Reservation, session: SessionId): void {
    if (reservation.session !== session) this.byKey.set(reservation.key, { ...reservation, session });
  }

  giveBack(key: Key): void {
    const held = this.byKey.get(key);
    if (held === undefined) return;
    this.byKey.delete(key);
    this.ledger.putBack(held.product, held.quantity);
  }

  /** All that this session has not asked for. */
  giveBackOthers(session: SessionId): void {
    for (const held of this.byKey.values()) if (held.session !== session) this.giveBack(held.key);
  }

  /** Forgets the reservation of a committed order. Unless it was "reserved", nothing is set aside for it now. */
  settle({ key, product, quantity }: Settle): SettleCase {
    const held = this.byKey.get(key);
    if (held?.product === product && held.quantity === quantity) {
      this.byKey.delete(key);
      return "reserved";
    }
    this.giveBack(key);
    if (this.ledger.product(product) === undefined) return "unknown-product";
    return held === undefined ? "unreserved" : "contradicted";
  }
}
