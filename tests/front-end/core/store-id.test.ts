import { expect, test } from "bun:test";
import { orderLimits } from "../../../services/front-end/core/limits.ts";
import { OrderSide } from "../../../services/front-end/core/order-side.ts";
import type { ReplicaId, ReplicaStatus } from "../../../services/front-end/core/types.ts";
import { leads, statusWith, three } from "./order-world.ts";

const one = 1 as ReplicaId;

test("the store is the one whose replicas know a leader, not one whose files lie at a single replica", () => {
  const side = new OrderSide<string>(orderLimits, 1);
  const hear = (replica: ReplicaId, status: ReplicaStatus): string | undefined => {
    side.step(0, { type: "pong", replica, ping: 0, status });
    return side.storeId;
  };
  const stranger = statusWith({ storeId: "another" });
  expect(hear(three, stranger)).toBeUndefined();
  expect(hear(one, leads(one, 1))).toBe("store");
  expect(hear(three, stranger)).toBe("store");
});
