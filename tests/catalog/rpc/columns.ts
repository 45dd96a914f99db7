import type { Reserves, Settled } from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import { type Columns, ColumnsWriter } from "../../../services/lib/columns.ts";

interface Order {
  readonly key: string;
  readonly product: string;
  readonly quantity: number;
}

export function toColumns(orders: readonly Order[]): Columns {
  const writer = new ColumnsWriter();
  for (const { key, product, quantity } of orders) writer.add(key, product, quantity);
  return writer.columns;
}

export function reservesOf(...reserves: readonly (Order & { readonly ticket: number })[]): Reserves {
  const tickets = reserves.map(({ ticket }) => BigInt(ticket));
  return { $typeName: "toystore.catalog.v1.Reserves", tickets, orders: toColumns(reserves) };
}

/** Orders with consecutive numbers. */
export function settledOf(...orders: readonly (Order & { readonly number: number })[]): Settled {
  const firstNumber = BigInt(orders[0]?.number ?? 0);
  return { $typeName: "toystore.catalog.v1.Settled", firstNumber, orders: toColumns(orders) };
}
