import { expect, test } from "bun:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Found, ReplyBatchSchema } from "../../../gen/toystore/order/v1/order_pb.ts";
import {
  type Call,
  type FoundOrder,
  type OrderNumber,
  ordersPerGroup,
  type Reply,
} from "../../../services/order/core/types.ts";
import { fromReplyBatch, toReplyBatch } from "../../../services/order/rpc/translate/replies.ts";

function check(id: number): Call {
  return { type: "check-key", id, key: "u:1", forwarded: true };
}

function order(number: number, product = "Tux"): FoundOrder {
  return { number: number as OrderNumber, product, quantity: 1 };
}

test("orders that were looked up get the groups that came with them back", () => {
  const full = Array.from({ length: ordersPerGroup }, (_, nth) => order(ordersPerGroup + nth, `toy ${nth}`));
  const groups = [[order(3, "Whale"), order(4), order(5, "Lego")], [order(7)], full, [order(8), order(9)]];
  const replies = groups.map((group, id): Reply => ({ id, call: "check", code: "ok", order: group.at(-1), group }));
  const bytes = toBinary(ReplyBatchSchema, toReplyBatch(replies));
  expect(fromReplyBatch(fromBinary(ReplyBatchSchema, bytes), check)).toEqual(replies);
});

test.each<[string, Partial<Found>]>([
  ["an id", { ids: [7, 8] }],
  ["numbers", { numbers: [] }],
  ["sizes", { groupSizes: [] }],
  ["places", { groupPlaces: [] }],
  ["a place in the group", { groupPlaces: [1] }],
  [
    "numbers from 0 on",
    { numbers: [0n], groupPlaces: [1], groupSizes: [2], productIndexes: [0, 0], quantities: [1, 1] },
  ],
  [
    "an end to its group",
    {
      groupSizes: [ordersPerGroup + 1],
      productIndexes: Array(ordersPerGroup + 1).fill(0),
      quantities: Array(ordersPerGroup + 1).fill(1),
    },
  ],
  ["rows of the group", { groupSizes: [2] }],
  ["a group of the rows", { productIndexes: [0, 0], quantities: [1, 1] }],
])("what was found without %s is malformed", (_, part) => {
  const found: Found = {
    $typeName: "toystore.order.v1.Found",
    ids: [7],
    numbers: [3n],
    products: ["Tux"],
    productIndexes: [0],
    quantities: [1],
    groupSizes: [1],
    groupPlaces: [0],
  };
  expect(fromReplyBatch({ ...toReplyBatch([]), found }, check)).toHaveLength(1);
  expect(() => fromReplyBatch({ ...toReplyBatch([]), found: { ...found, ...part } }, check)).toThrow();
});
