import { describe, expect, test } from "bun:test";
import { expectAgreement } from "../agreement.ts";
import { Cluster, carriesEntries } from "../cluster.ts";
import { order } from "../names.ts";

describe("settling", () => {
  test("follows the commit, and only the commit", () => {
    const cluster = Cluster.serving();
    cluster.loses = carriesEntries;
    const bought = cluster.buy(1, "c:0");
    cluster.run(100);
    expect(bought.reply).toBeUndefined();
    expect(cluster.catalog.reservations.size).toBe(1);
    expect(cluster.catalog.settledBelow).toBe(0);
    cluster.heal();
    cluster.run(100);
    expect(bought.number).toBe(0);
    expect(cluster.catalog.settledBelow).toBe(1);
    expect(cluster.catalog.reservations.size).toBe(0);
    expectAgreement(cluster);
  });

  test("goes on in the next session where the last one ended", () => {
    const cluster = Cluster.serving();
    cluster.loses = carriesEntries;
    const bought = [0, 1, 2].map((n) => cluster.buy(1, `c:${n}`));
    cluster.cutCatalog();
    cluster.heal();
    cluster.run(100);
    expect(bought.map(({ number }) => number)).toEqual([0, 1, 2]);
    expect(cluster.catalog.settledBelow).toBe(0);
    cluster.startCatalog();
    expect(cluster.catalog.settledBelow).toBe(3);
    expect(cluster.catalog.booked).toEqual([]);
    expectAgreement(cluster);
  });

  test("is replayed to a catalog that was restored from an older backup", () => {
    const cluster = Cluster.serving();
    for (let n = 0; n < 5; n++) cluster.buy(1, `c:${n}`);
    cluster.run(20);
    cluster.crashCatalog(2);
    cluster.startCatalog();
    expect(cluster.catalog.settledBelow).toBe(5);
    expect(cluster.catalog.booked).toEqual([order(2), order(3), order(4)]);
    expectAgreement(cluster);
  });

  test("replays from the disk what is no longer in memory, across many terms", () => {
    const cluster = Cluster.serving({ tailEntriesMax: 4, settlesMax: 3 });
    for (let n = 0; n < 30; n++) {
      if (n % 10 === 5) cluster.restart(1);
      if (n % 10 === 5) cluster.elect(1);
      cluster.buy(1, `c:${n}`);
    }
    cluster.run(20);
    cluster.crashCatalog(1);
    cluster.startCatalog();
    expect(cluster.catalog.settledBelow).toBe(30);
    expect(cluster.catalog.booked).toEqual(Array.from({ length: 29 }, (_, n) => order(n + 1)));
    expectAgreement(cluster);
  });

  test("is refused, loudly, when the catalog knows more orders than a majority of the logs", () => {
    const cluster = Cluster.serving();
    cluster.crashCatalog();
    cluster.catalog.settledBelow = 7;
    cluster.startCatalog();
    expect(cluster.leader).toBeUndefined();
    expect(cluster.node(1).notices.at(-1)).toMatchObject({ level: "error", details: { settledBelow: 7 } });
    const waiting = cluster.buy(1, "c:0");
    cluster.run(3100);
    expect(waiting.code).toBe("not-executed");
  });
});

describe("a new session", () => {
  test("returns what an older leader reserved and never committed", () => {
    const cluster = Cluster.serving();
    cluster.loses = carriesEntries;
    cluster.buy(1, "c:lost");
    cluster.crash(1);
    cluster.heal();
    expect(cluster.catalog.quantity("Tux")).toBe(99);
    cluster.elect(2);
    expect(cluster.catalog.quantity("Tux")).toBe(100);
    expectAgreement(cluster);
  });

  test.each(["is cut off", "crashes"])("asks again for what was not answered when the catalog %s", (what) => {
    const cluster = Cluster.serving();
    cluster.catalog.holdsReplies = true;
    const bought = cluster.buy(1, "c:0");
    expect(cluster.catalog.quantity("Tux")).toBe(99);
    if (what === "crashes") cluster.crashCatalog();
    else cluster.cutCatalog();
    cluster.catalog.release();
    cluster.startCatalog();
    expect(bought.number).toBe(0);
    expect(cluster.catalog.quantity("Tux")).toBe(99);
    expectAgreement(cluster);
  });

  test("returns what was under way with another body", () => {
    const cluster = Cluster.serving();
    cluster.loses = carriesEntries;
    cluster.buy(1, "c:same", { quantity: 5 });
    cluster.crash(1);
    cluster.heal();
    cluster.nominate(2);
    const bought = cluster.buy(2, "c:same", { quantity: 2 });
    cluster.run(100);
    expect(bought.number).toBe(0);
    expect(cluster.catalog.quantity("Tux")).toBe(98);
    expectAgreement(cluster);
  });

  test("does not keep the reservation of a purchase that is given up before it is asked for again", () => {
    const cluster = Cluster.serving({ tailEntriesMax: 2, settlesMax: 1 });
    cluster.loses = carriesEntries;
    for (let n = 0; n < 10; n++) cluster.buy(1, `c:${n}`);
    cluster.catalog.holdsReplies = true;
    const late = cluster.buy(1, "c:late", { budgetMs: 500 });
    cluster.cutCatalog();
    cluster.heal();
    cluster.catalog.release();
    cluster.run(100);
    // The replay waits for the disk until after the deadline.
    cluster.node(1).holdsReads = true;
    cluster.catalog.isUp = true;
    cluster.run(700);
    expect(late.code).toBe("not-executed");
    expect(cluster.catalog.reservations.has("c:late")).toBe(true);
    cluster.node(1).holdsReads = false;
    cluster.run(100);
    expect(cluster.leader).toBe(1);
    expect(cluster.catalog.settledBelow).toBe(10);
    expectAgreement(cluster);
  });
});

describe("an older leader's session", () => {
  test("is fenced: what it still sends changes nothing", () => {
    const cluster = Cluster.serving();
    cluster.isolate(1);
    cluster.run(400);
    cluster.catalog.holdsReplies = true;
    const stranded = cluster.buy(1, "c:stranded");
    cluster.run(110);
    cluster.catalog.release();
    cluster.elect(2);
    cluster.buy(1, "c:late");
    cluster.run(200);
    expect(stranded.code).toBe("not-leader");
    expect(cluster.catalog.quantity("Tux")).toBe(100);
    expect(cluster.orders(1)).toEqual([]);
  });
});
