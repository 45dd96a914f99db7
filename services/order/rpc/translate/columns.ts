import { type Columns, ColumnsWriter } from "../../../lib/columns.ts";
import type { Order } from "../../core/types.ts";

/** Key, product and quantity of orders, or of what is to become one. */
export function toColumns(orders: readonly Omit<Order, "number">[]): Columns {
  const writer = new ColumnsWriter();
  for (const { key, product, quantity } of orders) writer.add(key, product, quantity);
  return writer.columns;
}
