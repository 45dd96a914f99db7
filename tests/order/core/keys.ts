import type { Key, Order, OrderNumber, Recovered } from "../../../services/order/core/types.ts";

/** As a store gives them to a core. */
export function keysOf(orders: readonly Pick<Order, "key" | "number">[]): Recovered["keys"] {
  return (take) => {
    for (const { key, number } of orders) {
      const bytes = Buffer.from(key);
      take(bytes, 0, bytes.length, number);
    }
  };
}

/** As a core gets them. */
export function keysIn({ keys }: Pick<Recovered, "keys">): [Key, OrderNumber][] {
  const found: [Key, OrderNumber][] = [];
  keys((bytes, start, end, number) => found.push([Buffer.from(bytes.subarray(start, end)).toString(), number]));
  return found;
}
