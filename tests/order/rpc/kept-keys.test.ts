import { expect, test } from "bun:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Purchases, PurchasesSchema } from "../../../gen/toystore/order/v1/order_pb.ts";
import { fromPurchases } from "../../../services/order/rpc/translate/calls.ts";
import { toColumns } from "../../../services/order/rpc/translate/columns.ts";

test("the key of a purchase that is kept does not keep those of its batch in memory", () => {
  const orders = Array.from({ length: 256 }, (_, at) => ({
    key: `u:${at}-${"k".repeat(100)}`,
    product: "Tux",
    quantity: 1,
  }));
  const purchases: Purchases = {
    $typeName: "toystore.order.v1.Purchases",
    ids: orders.map((_, id) => id),
    budgetsMs: orders.map(() => 0),
    orders: toColumns(orders),
  };
  const batch = toBinary(PurchasesSchema, purchases);
  Bun.gc(true);
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: 1_000 }, () => fromPurchases(fromBinary(PurchasesSchema, batch), 3_000)[100]);
  Bun.gc(true);
  // The keys of all batches would be 26 MB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
  expect(kept.at(-1)).toMatchObject({ type: "buy", id: 100, key: orders[100]?.key });
});
