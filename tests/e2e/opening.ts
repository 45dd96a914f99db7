import { type StoreOptions, startStore, type TestStore } from "../harness/store.ts";
import { Load, type Purchase } from "./load.ts";
import { Shopper } from "./shopper.ts";

/** More of each toy than any test buys. */
export const plenty = 1_000_000;

/** Toys that buyers of a Load may have for themselves. */
export const toys: readonly string[] = ["Tux", "Whale", "Elephant", "Python", "Lego", "Barbie", "Slinky", "Frisbee"];

/** A store that does not run out of toys. */
export function openStore(options: StoreOptions = {}): Promise<TestStore> {
  return startStore({ quantity: plenty, ...options });
}

/** Six buyers at the first front-end; `before`: what was bought already, by others. */
export function startLoad(store: TestStore, before: readonly Purchase[] = []): Load {
  return new Load({ port: store.restPort, toys: toys.slice(0, 6), stock: plenty, before });
}

/** Buys so many times one toy of `names`, by turns. */
export async function buySome(store: TestStore, count: number, names = toys): Promise<Purchase[]> {
  using shopper = new Shopper(store.restPort);
  const purchases: Purchase[] = [];
  for (let at = 0; at < count; at++) {
    const order = { name: names[at % names.length] ?? "Tux", quantity: 1, key: crypto.randomUUID() };
    purchases.push({ ...order, number: await shopper.buy(order.name, order.quantity, order.key) });
  }
  return purchases;
}
