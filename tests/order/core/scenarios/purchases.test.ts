import { describe, expect, test } from "bun:test";
import { Cluster, carriesEntries } from "../cluster.ts";
import { order, told } from "../names.ts";

describe("a purchase", () => {
  test("gets the next number once a majority has synced it", () => {
    const cluster = Cluster.serving();
    cluster.node(2).disk.stalls = true;
    cluster.node(3).disk.stalls = true;
    const bought = cluster.buy(1, "c:0");
    cluster.run(100);
    expect(bought.reply).toBeUndefined();
    cluster.node(3).disk.stalls = false;
    cluster.run(20);
    expect(bought.reply).toMatchObject({ code: "ok", order: order(0) });
  });

  test("is committed by two followers while the leader's own disk lags", () => {
    const cluster = Cluster.serving();
    cluster.node(1).disk.stalls = true;
    const bought = cluster.buy(1, "c:0");
    cluster.run(10);
    expect(bought.number).toBe(0);
  });

  test("is answered as soon as the leader's own disk has it, if that completes the majority", () => {
    const cluster = Cluster.serving();
    cluster.crash(3);
    cluster.node(1).disk.stalls = true;
    const bought = cluster.buy(1, "c:0");
    cluster.run(100);
    expect(bought.reply).toBeUndefined();
    cluster.node(1).disk.stalls = false;
    cluster.settle();
    expect(bought.number).toBe(0);
  });

  test("is refused by code: out of stock, unknown product, invalid quantity", () => {
    const cluster = Cluster.serving();
    expect(cluster.buy(1, "c:1", { quantity: 101 }).code).toBe("out-of-stock");
    expect(cluster.buy(1, "c:2", { product: "Yeti" }).code).toBe("unknown-product");
    expect(cluster.buy(1, "c:3", { quantity: 0 }).code).toBe("invalid-quantity");
    expect(cluster.buy(1, "c:4", { quantity: -5 }).code).toBe("invalid-quantity");
    expect(cluster.orders(1)).toEqual([]);
  });

  test("that was refused is decided anew: a refusal is not remembered", () => {
    const cluster = Cluster.serving();
    cluster.catalog.stock("Tux", 0);
    expect(cluster.buy(1, "c:0").code).toBe("out-of-stock");
    cluster.catalog.stock("Tux", 1);
    expect(cluster.buy(1, "c:0").number).toBe(0);
  });

  test("with a key that was ordered gets that order, from any replica", () => {
    const cluster = Cluster.serving();
    cluster.buy(1, "c:0");
    cluster.run(100);
    for (const id of [1, 2, 3]) expect(cluster.buy(id, "c:0").number).toBe(0);
    expect(cluster.catalog.quantity("Tux")).toBe(99);
  });

  test("with the same key and another body is refused, before the commit and after it", () => {
    const cluster = Cluster.serving();
    cluster.catalog.holdsReplies = true;
    const first = cluster.buy(1, "c:0");
    expect(cluster.buy(1, "c:0", { quantity: 2 }).code).toBe("key-reused");
    cluster.catalog.release();
    cluster.settle();
    expect(first.number).toBe(0);
    expect(cluster.buy(1, "c:0", { quantity: 2 }).code).toBe("key-reused");
    expect(cluster.buy(1, "c:0", { product: "Lego" }).code).toBe("key-reused");
  });

  test("that is asked for twice at once happens once", () => {
    const cluster = Cluster.serving();
    cluster.catalog.holdsReplies = true;
    const both = [cluster.buy(1, "c:0"), cluster.buy(2, "c:0")];
    cluster.catalog.release();
    cluster.settle();
    expect(both.map(({ number }) => number)).toEqual([0, 0]);
    expect(cluster.catalog.quantity("Tux")).toBe(99);
  });

  test("that came to a follower is passed on to the leader", () => {
    const cluster = Cluster.serving();
    expect(cluster.buy(3, "c:0").number).toBe(0);
    expect(cluster.check(2, 0).reply).toMatchObject({ code: "ok", order: told(order(0)) });
  });

  test("that was passed on to a leader which then died has an unknown outcome", () => {
    const cluster = Cluster.serving();
    cluster.catalog.holdsReplies = true;
    const bought = cluster.buy(3, "c:0");
    const lookUp = cluster.check(3, 99);
    expect(lookUp.code).toBe("not-found");
    cluster.crash(1);
    expect(bought.code).toBe("unknown-outcome");
  });

  test("finds no leader where there is none: certainly not executed", () => {
    const cluster = Cluster.serving();
    cluster.crash(1);
    expect(cluster.buy(2, "c:0").code).toBe("not-leader");
    expect(cluster.check(2, 99).code).toBe("not-leader");
  });
});

describe("a deadline", () => {
  test("drops a purchase that is not in the log, and returns its stock", () => {
    const cluster = Cluster.serving();
    cluster.catalog.holdsReplies = true;
    const late = cluster.buy(1, "c:0", { budgetMs: 500 });
    expect(cluster.catalog.quantity("Tux")).toBe(99);
    cluster.run(600);
    expect(late.code).toBe("not-executed");
    cluster.catalog.release();
    cluster.settle();
    expect(cluster.catalog.quantity("Tux")).toBe(100);
    expect(cluster.orders(1)).toEqual([]);
  });

  test("is answered while the caller still waits: an unreachable catalog is 'not executed', not silence", () => {
    const cluster = Cluster.serving();
    cluster.cutCatalog();
    const waiting = cluster.buy(1, "c:0", { budgetMs: 3000 });
    cluster.run(2950);
    expect(waiting.code).toBe("not-executed");
  });

  test("leaves alone what is in the log: its outcome is not ours to decide", () => {
    const cluster = Cluster.serving();
    cluster.loses = carriesEntries;
    const bought = cluster.buy(1, "c:0", { budgetMs: 100 });
    cluster.run(300);
    expect(bought.reply).toBeUndefined();
    cluster.heal();
    cluster.run(100);
    expect(bought.number).toBe(0);
  });

  test("is not extended for a purchase that waits for the leader's term to open", () => {
    const cluster = Cluster.serving();
    cluster.crash(1);
    cluster.node(2).disk.stalls = true;
    cluster.nominate(2);
    cluster.node(2).disk.stalls = false;
    cluster.loses = carriesEntries;
    cluster.run(20);
    const early = cluster.buy(2, "c:0", { budgetMs: 300 });
    cluster.run(350);
    expect(early.code).toBe("not-executed");
    cluster.heal();
    cluster.run(300);
    expect(cluster.orders(2)).toEqual([]);
  });

  test("does not stop a retry with the same key right behind it", () => {
    const cluster = Cluster.serving();
    cluster.catalog.holdsReplies = true;
    const late = cluster.buy(1, "c:0", { budgetMs: 200 });
    cluster.run(300);
    expect(late.code).toBe("not-executed");
    const retry = cluster.buy(1, "c:0");
    cluster.catalog.release();
    cluster.settle();
    expect(retry.number).toBe(0);
    expect(cluster.catalog.quantity("Tux")).toBe(99);
  });
});

describe("a limit", () => {
  test("on purchases under way refuses the next, which certainly is not executed", () => {
    const cluster = Cluster.serving({ purchasesMax: 2 });
    cluster.catalog.holdsReplies = true;
    cluster.buy(1, "c:0");
    cluster.buy(1, "c:1");
    expect(cluster.buy(1, "c:2").code).toBe("not-executed");
  });

  test("counts those who wait for one purchase, too; of them the outcome is not known", () => {
    const cluster = Cluster.serving({ purchasesMax: 2 });
    cluster.catalog.holdsReplies = true;
    const first = [cluster.buy(1, "c:0"), cluster.buy(1, "c:0")];
    expect(cluster.buy(1, "c:0").code).toBe("unknown-outcome");
    cluster.catalog.release();
    cluster.settle();
    expect(first.map(({ number }) => number)).toEqual([0, 0]);
    expect(cluster.buy(1, "c:1").number).toBe(1);
  });

  test("on forwarded calls refuses the next", () => {
    const cluster = Cluster.serving({ forwardsMax: 1 });
    cluster.catalog.holdsReplies = true;
    cluster.buy(2, "c:0");
    expect(cluster.buy(2, "c:1").code).toBe("not-executed");
  });
});
