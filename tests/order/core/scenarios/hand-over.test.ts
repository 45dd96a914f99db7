import { describe, expect, test } from "bun:test";
import { Cluster, carriesEntries } from "../cluster.ts";

describe("a leader that is told to stop", () => {
  test("hands over at once, without waiting for its lease", () => {
    const cluster = Cluster.serving();
    cluster.buy(1, "c:0");
    cluster.node(1).tell({ type: "hand-over" });
    cluster.settle();
    expect(cluster.leader).toBeOneOf([2, 3]);
    cluster.run(20);
    expect(cluster.node(1).handedOver).toBe(true);
    expect(cluster.buy(2, "c:1").number).toBe(1);
  });

  test("leaves after its time when nobody can take over", () => {
    const cluster = Cluster.serving();
    cluster.crash(2);
    cluster.crash(3);
    cluster.node(1).tell({ type: "hand-over" });
    cluster.run(400);
    expect(cluster.node(1).handedOver).toBe(false);
    cluster.run(110);
    expect(cluster.node(1).handedOver).toBe(true);
  });

  test("waits until its successor has the whole log", () => {
    const cluster = Cluster.serving();
    cluster.loses = carriesEntries;
    const bought = cluster.buy(1, "c:0");
    cluster.node(1).tell({ type: "hand-over" });
    cluster.run(50);
    expect(cluster.leader).toBe(1);
    cluster.heal();
    cluster.run(200);
    expect(cluster.leader).toBeOneOf([2, 3]);
    expect(bought.number).toBe(0);
  });

  test("brings its log to rest first: an answer of the catalog that comes late cannot spoil it", () => {
    const cluster = Cluster.serving();
    cluster.crash(3);
    cluster.catalog.holdsReplies = true;
    const late = cluster.buy(1, "c:late");
    cluster.loses = ({ to, message }) => message.type === "vote-request" && to === 1;
    cluster.node(1).tell({ type: "hand-over" });
    cluster.settle();
    cluster.catalog.release();
    cluster.heal();
    cluster.run(450);
    expect(cluster.leader).toBe(2);
    expect(cluster.node(1).handedOver).toBe(true);
    expect(late.code).toBe("not-leader");
    expect(cluster.catalog.quantity("Tux")).toBe(100);
  });

  test("stays until the vote that its successor needs has left", () => {
    const cluster = Cluster.serving();
    cluster.crash(3);
    cluster.node(1).disk.stalls = true;
    cluster.node(1).tell({ type: "hand-over" });
    cluster.run(100);
    expect(cluster.node(1).status(cluster.nowMs).leader).toBeUndefined();
    expect(cluster.node(1).handedOver).toBe(false);
    cluster.node(1).disk.stalls = false;
    cluster.run(100);
    expect(cluster.leader).toBe(2);
    expect(cluster.node(1).handedOver).toBe(true);
  });

  test("says it again when its nomination is lost", () => {
    const cluster = Cluster.serving();
    let lost = 0;
    cluster.loses = ({ message }) => message.type === "nominate" && lost++ === 0;
    cluster.node(1).tell({ type: "hand-over" });
    cluster.run(400);
    expect(cluster.leader).toBeOneOf([2, 3]);
  });

  test("has nothing to warn of when everybody leaves at once", () => {
    const cluster = Cluster.serving();
    for (const id of [1, 2, 3]) cluster.node(id).tell({ type: "hand-over" });
    for (const id of [2, 3]) cluster.crash(id);
    cluster.run(600);
    const ended = cluster.node(1).notices.filter(({ message }) => message === "leadership ended");
    expect(ended.map(({ level }) => level)).toEqual(["info"]);
  });

  test("stands for no election any more", () => {
    const cluster = Cluster.serving();
    cluster.node(1).tell({ type: "hand-over" });
    cluster.run(20);
    expect(cluster.node(1).status(cluster.nowMs).eligible).toBe(false);
    cluster.crash(2);
    cluster.crash(3);
    cluster.restart(2);
    cluster.nominate(1);
    cluster.run(600);
    expect(cluster.node(1).status(cluster.nowMs).leader).toBeUndefined();
  });

  test("and does not lead leaves at once", () => {
    const cluster = Cluster.serving();
    cluster.node(2).tell({ type: "hand-over" });
    cluster.settle();
    expect(cluster.node(2).handedOver).toBe(true);
    expect(cluster.leader).toBe(1);
  });
});

describe("a leader that cannot reach the catalog", () => {
  test("hands over to one that can", () => {
    const cluster = Cluster.serving();
    cluster.withoutCatalog.add(1);
    cluster.node(1).tell({ type: "catalog-closed", session: cluster.sessionOf(1) });
    const waiting = cluster.buy(1, "c:0");
    cluster.run(2500);
    expect(cluster.leader).toBeOneOf([2, 3]);
    expect(waiting.code).toBe("not-leader");
    expect(cluster.buy(2, "c:0").number).toBe(0);
  });

  test("stays when nobody can, and goes on when the catalog is back", () => {
    const cluster = Cluster.serving();
    const { term } = cluster.node(1).status(cluster.nowMs);
    cluster.cutCatalog();
    cluster.run(2000);
    const waiting = cluster.buy(1, "c:0");
    cluster.run(500);
    expect(cluster.node(1).status(cluster.nowMs)).toMatchObject({ term, leader: 1, serving: false });
    cluster.catalog.isUp = true;
    cluster.run(200);
    expect(waiting.number).toBe(0);
  });

  test("goes on by itself when its successor cannot be elected", () => {
    const cluster = Cluster.serving();
    cluster.withoutCatalog.add(1);
    cluster.node(1).tell({ type: "catalog-closed", session: cluster.sessionOf(1) });
    cluster.loses = ({ message }) => message.type === "nominate";
    cluster.run(2500);
    cluster.withoutCatalog.clear();
    cluster.run(2000);
    expect(cluster.leader).toBe(1);
    expect(cluster.buy(1, "c:0").number).toBe(0);
  });
});
