import { OrderRing } from "../../lib/order-ring.ts";
import { type FoundOrder, firstOfGroup, type Order, type OrderNumber, ordersPerPage } from "./types.ts";

/** With more, everything is forgotten: a store of many products has fewer recent orders. */
const namesMax = 65_536;
/** UTF-16 units of the names of a page; one that would have more has fewer orders. */
const pageUnitsMax = 1_024;

/** The last committed orders, for look-ups by number: they cost no read, and bring their neighbours. */
export class RecentOrders {
  private readonly ring: OrderRing;

  constructor(ordersMax: number) {
    this.ring = new OrderRing({ ordersMax, namesMax });
  }

  /** A committed order. */
  add({ number, product, quantity }: Order): void {
    this.ring.set(number, product, quantity);
  }

  /** Orders with consecutive numbers, the one that is asked for among them; undefined: it is not here. */
  page(number: OrderNumber): FoundOrder[] | undefined {
    if (this.ring.get(number) === undefined) return undefined;
    const first = firstOfGroup(number, ordersPerPage);
    let page: FoundOrder[] = [];
    let units = 0;
    for (let at = first; at < first + ordersPerPage; at++) {
      const order = this.ring.get(at);
      if (order === undefined || units + order.name.length > pageUnitsMax) {
        if (at > number) break;
        // It begins anew behind what is not here, or has no room beside the order.
        page = [];
        units = 0;
      }
      if (order === undefined) continue;
      page.push({ number: at, product: order.name, quantity: order.quantity });
      units += order.name.length;
    }
    return page;
  }
}
