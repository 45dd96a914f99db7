import { expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { ReplyBatchSchema } from "../../../gen/toystore/order/v1/order_pb.ts";
import { fromReplyBatch } from "../../../services/front-end/rpc/order-messages.ts";
import { ordersPerGroup } from "../../../services/order/core/types.ts";

test("a group may have as many orders as a replica gives", () => {
  const all = Array.from({ length: ordersPerGroup }, (_, nth) => nth);
  const found = {
    ids: [9],
    numbers: [BigInt(ordersPerGroup + 7)],
    products: ["Tux"],
    productIndexes: all.map(() => 0),
    quantities: all.map((nth) => nth + 1),
    groupSizes: [ordersPerGroup],
    groupPlaces: [7],
  };
  const group = all.map((nth) => ({ number: ordersPerGroup + nth, product: "Tux", quantity: nth + 1 }));
  const replies = fromReplyBatch(create(ReplyBatchSchema, { found }));
  expect(replies).toEqual([{ id: 9, code: "ok", orderNumber: -1, order: group[7], group }]);
});
