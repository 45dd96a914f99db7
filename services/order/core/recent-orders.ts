import { NumberedRing } from "../../lib/numbered-ring.ts";
import type { Limits } from "./limits.ts";
import { type FoundOrder, firstOfGroup, type Order, type OrderNumber, ordersPerGroup } from "./types.ts";

type RecentLimits = Pick<Limits, "recentOrdersMax" | "recentNamesMax" | "groupUnitsMax">;

/** The last committed orders, for look-ups by number: they cost no read, and bring their neighbours. */
export class RecentOrders {
  private readonly ring: NumberedRing;

  constructor(private readonly limits: RecentLimits) {
    this.ring = new NumberedRing({ rowsMax: limits.recentOrdersMax, namesMax: limits.recentNamesMax });
  }

  /** A committed order. */
  add({ number, product, quantity }: Order): void {
    this.ring.set(number, product, quantity);
  }

  /** Orders with consecutive numbers, the one that is asked for among them; undefined: it is not here. */
  group(number: OrderNumber): FoundOrder[] | undefined {
    if (this.ring.get(number) === undefined) return undefined;
    const first = firstOfGroup(number, ordersPerGroup);
    let group: FoundOrder[] = [];
    let units = 0;
    for (let at = first; at < first + ordersPerGroup; at++) {
      const row = this.ring.get(at);
      if (row === undefined || units + row.name.length > this.limits.groupUnitsMax) {
        if (at > number) break;
        // What came before is cut off by a hole, or gives way to what is nearer to the order.
        group = [];
        units = 0;
      }
      if (row === undefined) continue;
      group.push({ number: at, product: row.name, quantity: row.count });
      units += row.name.length;
    }
    return group;
  }
}
