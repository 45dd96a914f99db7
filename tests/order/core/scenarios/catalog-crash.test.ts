import { describe, expect, test } from "bun:test";
import { expectAgreement } from "../agreement.ts";
import { Cluster, carriesEntries } from "../cluster.ts";
import { order } from "../names.ts";

/** Replica 1 serves, has sold nothing, and whatever it appends from now on is not committed. */
function withoutCommits(): Cluster {
  const cluster = Cluster.serving();
  cluster.loses = carriesEntries;
  return cluster;
}

describe("a catalog that crashes while an order is appended and not committed", () => {
  test("sets its stock aside anew, and books it as any other when it commits", () => {
    const cluster = withoutCommits();
    const bought = cluster.buy(1, "c:0", { quantity: 5 });
    cluster.crashCatalog();
    expect(cluster.catalog.isStockKnown).toBe(false);
    cluster.startCatalog();
    expect(bought.reply).toBeUndefined();
    expect(cluster.catalog.quantity("Tux")).toBe(95);
    expectAgreement(cluster);
    cluster.heal();
    cluster.run(100);
    expect(bought.number).toBe(0);
    expect(cluster.catalog.sold("Tux")).toBe(5);
    expect(cluster.catalog.booked).toEqual([]);
    expectAgreement(cluster);
  });

  test("does not sell its stock to the next, who asked before the replay", () => {
    const cluster = withoutCommits();
    const first = cluster.buy(1, "c:first", { quantity: 60 });
    cluster.crashCatalog();
    const second = cluster.buy(1, "c:second", { quantity: 60 });
    cluster.startCatalog();
    expect(second.code).toBe("out-of-stock");
    cluster.heal();
    cluster.run(100);
    expect(first.number).toBe(0);
    expectAgreement(cluster);
  });

  test("books it from the log when it commits before the catalog is back", () => {
    const cluster = withoutCommits();
    const bought = cluster.buy(1, "c:0");
    cluster.crashCatalog();
    cluster.heal();
    cluster.run(100);
    expect(bought.number).toBe(0);
    cluster.startCatalog();
    expect(cluster.catalog.booked).toEqual([order(0)]);
    expectAgreement(cluster);
  });

  test("and crashes again and again, takes its stock once", () => {
    const cluster = withoutCommits();
    const bought = cluster.buy(1, "c:0", { quantity: 5 });
    for (let n = 0; n < 3; n++) {
      cluster.crashCatalog();
      cluster.startCatalog();
      expect(cluster.catalog.quantity("Tux")).toBe(95);
    }
    cluster.heal();
    cluster.run(100);
    expect(bought.number).toBe(0);
    expectAgreement(cluster);
  });

  test("has its stock again when the next leader's log lacks it", () => {
    const cluster = Cluster.serving();
    cluster.isolate(1);
    const stranded = cluster.buy(1, "c:stranded", { quantity: 60 });
    cluster.crashCatalog();
    cluster.startCatalog();
    expect(cluster.catalog.quantity("Tux")).toBe(40);
    cluster.elect(2);
    expect(cluster.catalog.quantity("Tux")).toBe(100);
    expect(cluster.buy(2, "c:other", { quantity: 60 }).number).toBe(0);
    cluster.heal();
    cluster.run(600);
    expect(stranded.code).toBe("unknown-outcome");
    expectAgreement(cluster);
  });

  test("with its leader books it once if the next leader's log has it", () => {
    const cluster = Cluster.serving();
    cluster.loses = ({ from, message }) => from !== 1 && message.type === "propagate-reply";
    cluster.buy(1, "c:mine", { quantity: 60 });
    cluster.crashCatalog();
    cluster.crash(1);
    cluster.heal();
    cluster.catalog.isUp = true;
    cluster.elect(2);
    expect(cluster.buy(2, "c:mine", { quantity: 60 }).number).toBe(0);
    expect(cluster.buy(2, "c:other", { quantity: 60 }).code).toBe("out-of-stock");
    cluster.run(100);
    expect(cluster.catalog.sold("Tux")).toBe(60);
    expectAgreement(cluster);
  });
});

describe("a catalog that crashes while an order is committed and not settled", () => {
  test("books it from the log, before it shows or sells anything", () => {
    const cluster = Cluster.serving();
    const bought = cluster.buy(1, "c:0", { quantity: 60 });
    expect(bought.number).toBe(0);
    expect(cluster.catalog.settledBelow).toBe(0);
    cluster.crashCatalog();
    const next = cluster.buy(1, "c:1", { quantity: 60 });
    expect(cluster.catalog.isStockKnown).toBe(false);
    cluster.startCatalog();
    expect(next.code).toBe("out-of-stock");
    expect(cluster.catalog.booked).toEqual([order(0, "c:0", "Tux", 60)]);
    expectAgreement(cluster);
  });

  test("with its leader hears of it from the next", () => {
    const cluster = Cluster.serving();
    expect(cluster.buy(1, "c:0").number).toBe(0);
    cluster.crashCatalog();
    cluster.crash(1);
    cluster.catalog.isUp = true;
    cluster.elect(2);
    expect(cluster.catalog.booked).toEqual([order(0)]);
    expect(cluster.buy(2, "c:0").number).toBe(0);
    expectAgreement(cluster);
  });

  test("and loses settles, too, is told all of it once: settled, committed, appended", () => {
    const cluster = Cluster.serving({ settlesMax: 2, reservesMax: 2, tailEntriesMax: 4 });
    for (let n = 0; n < 6; n++) cluster.buy(1, `c:${n}`);
    cluster.run(20);
    expect(cluster.catalog.settledBelow).toBe(6);
    cluster.buy(1, "c:6");
    cluster.loses = carriesEntries;
    const appended = [7, 8, 9, 10].map((n) => cluster.buy(1, `c:${n}`));
    cluster.crashCatalog(3);
    cluster.startCatalog();
    expect(cluster.catalog.booked).toEqual([3, 4, 5, 6].map((n) => order(n)));
    expect(cluster.catalog.sold("Tux")).toBe(7);
    expect(cluster.catalog.quantity("Tux")).toBe(89);
    expectAgreement(cluster);
    cluster.heal();
    cluster.run(100);
    expect(appended.map(({ number }) => number)).toEqual([7, 8, 9, 10]);
    expect(cluster.catalog.sold("Tux")).toBe(11);
    expectAgreement(cluster);
  });

  test("in the middle of a replay is told the rest and what it lost", () => {
    const cluster = Cluster.serving({ settlesMax: 3, tailEntriesMax: 2 });
    for (let n = 0; n < 12; n++) cluster.buy(1, `c:${n}`);
    cluster.crashCatalog(0);
    cluster.node(1).holdsReads = true;
    cluster.startCatalog();
    expect(cluster.catalog.isStockKnown).toBe(false);
    cluster.node(1).holdsReads = false;
    cluster.settle();
    cluster.crashCatalog(5);
    cluster.startCatalog();
    expect(cluster.catalog.settledBelow).toBe(12);
    expectAgreement(cluster);
  });

  test("and an order that commits during the replay is settled once", () => {
    const cluster = Cluster.serving({ settlesMax: 3, tailEntriesMax: 2 });
    for (let n = 0; n < 6; n++) cluster.buy(1, `c:${n}`);
    cluster.run(20);
    cluster.loses = carriesEntries;
    const appended = [6, 7].map((n) => cluster.buy(1, `c:${n}`));
    cluster.crashCatalog(1);
    cluster.node(1).holdsReads = true;
    cluster.startCatalog();
    cluster.heal();
    cluster.run(100);
    expect(appended.map(({ number }) => number)).toEqual([6, 7]);
    expect(cluster.catalog.isStockKnown).toBe(false);
    cluster.node(1).holdsReads = false;
    cluster.run(100);
    expect(cluster.catalog.settledBelow).toBe(8);
    expectAgreement(cluster);
  });
});
