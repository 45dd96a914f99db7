import { describe, expect, test } from "bun:test";
import type { Call, Origin } from "../../../../services/order/core/types.ts";
import { Cluster } from "../cluster.ts";

const buy = (origin: Origin): Call => ({
  type: "buy",
  id: 1,
  key: "c:0",
  product: "Lego",
  quantity: 1,
  budgetMs: 3000,
  forwarded: false,
  origin,
});

describe("a purchase that its front-end has given up", () => {
  test("cannot happen after its repetition was refused", () => {
    const cluster = Cluster.serving();
    cluster.catalog.stock("Lego", 0);
    const term = cluster.node(1).status(cluster.nowMs).term;
    expect(cluster.call(1, buy({ frontEnd: 7, attempt: 2, term })).code).toBe("out-of-stock");
    cluster.catalog.stock("Lego", 10);
    // The first attempt comes out of a buffer, straight and by way of a follower.
    expect(cluster.call(1, buy({ frontEnd: 7, attempt: 1, term })).code).toBe("not-leader");
    expect(cluster.call(2, buy({ frontEnd: 7, attempt: 1, term })).code).toBe("not-leader");
    expect(cluster.orders(1)).toEqual([]);
  });

  test("does not reach the leader of a later term", () => {
    const cluster = Cluster.serving();
    cluster.catalog.stock("Lego", 10);
    const { term } = cluster.node(1).status(cluster.nowMs);
    cluster.crash(1);
    cluster.elect(2);
    expect(cluster.call(3, buy({ frontEnd: 7, attempt: 1, term })).code).toBe("not-leader");
    expect(cluster.orders(2)).toEqual([]);
  });
});
