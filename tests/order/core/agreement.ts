import { expect } from "bun:test";
import type { Cluster } from "./cluster.ts";

/**
 * Nothing is lost, resurrected or sold twice: the catalog has settled the first
 * orders of the leader's log, each once, and of 100 Tux all those are on hand that
 * no order takes.
 */
export function expectAgreement(cluster: Cluster): void {
  const { catalog, leader } = cluster;
  if (leader === undefined) throw new Error("nobody leads");
  const orders = cluster.orders(leader);
  expect(catalog.settled).toEqual(orders.slice(0, catalog.settledBelow));
  expect([...catalog.reservations.keys()].sort()).toEqual(
    orders
      .slice(catalog.settledBelow)
      .map(({ key }) => key)
      .sort(),
  );
  const taken = orders.reduce((sum, { quantity }) => sum + quantity, 0);
  expect(catalog.quantity("Tux")).toBe(100 - taken);
  expect(catalog.isStockKnown).toBe(true);
  expect(catalog.alarms).toEqual([]);
}
