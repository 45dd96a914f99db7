import { describe, expect, test } from "bun:test";
import { Cluster, carriesEntries } from "../cluster.ts";
import { order, told } from "../names.ts";

describe("a look-up", () => {
  test("of a committed order is answered by any replica that holds it as committed", () => {
    const cluster = Cluster.serving();
    cluster.buy(1, "c:0");
    cluster.run(100);
    cluster.crash(1);
    cluster.crash(2);
    expect(cluster.check(3, 0).reply).toMatchObject({ code: "ok", order: told(order(0)) });
    expect(cluster.check(3, "c:0").reply).toMatchObject({ code: "ok", order: order(0) });
  });

  test("that finds nothing waits for a majority to confirm that the leader leads", () => {
    const cluster = Cluster.serving();
    cluster.loses = ({ message }) => message.type === "propagate-reply";
    const question = cluster.check(1, 0);
    cluster.run(100);
    expect(question.reply).toBeUndefined();
    cluster.heal();
    cluster.run(60);
    expect(question.code).toBe("not-found");
  });

  test("is not confirmed by an answer to a message from before it came", () => {
    const cluster = Cluster.serving();
    let held: (() => void)[] = [];
    cluster.loses = ({ from, to, message }) => {
      if (message.type !== "propagate-reply") return false;
      held.push(() => cluster.node(to).tell({ type: "peer", from, message }));
      return true;
    };
    cluster.run(60);
    const earlier = held;
    const question = cluster.check(1, 0);
    const after = held.slice(earlier.length);
    expect(earlier.length).toBeGreaterThan(0);
    for (const deliver of earlier.slice(0, 1)) deliver();
    cluster.loses = () => true;
    cluster.settle();
    expect(question.reply).toBeUndefined();
    for (const deliver of [...held, ...after]) deliver();
    cluster.settle();
    expect(question.code).toBe("not-found");
    held = [];
  });

  test("at a leader that is cut off is not answered 'not found' but handed back", () => {
    const cluster = Cluster.serving();
    cluster.isolate(1);
    const question = cluster.check(1, 0);
    cluster.elect(2);
    cluster.buy(2, "c:0");
    cluster.run(600);
    expect(question.code).toBe("not-leader");
  });

  test("by the key of a purchase under way waits for its outcome", () => {
    const cluster = Cluster.serving();
    cluster.catalog.holdsReplies = true;
    cluster.buy(1, "c:0");
    const found = cluster.check(1, "c:0");
    cluster.run(50);
    expect(found.reply).toBeUndefined();
    cluster.catalog.release();
    cluster.settle();
    expect(found.reply).toMatchObject({ code: "ok", order: order(0) });
  });

  test("by the key of a purchase that is refused finds nothing", () => {
    const cluster = Cluster.serving();
    cluster.catalog.holdsReplies = true;
    cluster.buy(1, "c:0", { quantity: 1000 });
    const question = cluster.check(1, "c:0");
    cluster.catalog.release();
    cluster.settle();
    expect(question.code).toBe("not-found");
  });

  test("by the key of a purchase that waits when leadership ends is handed back", () => {
    const cluster = Cluster.serving();
    cluster.catalog.holdsReplies = true;
    cluster.buy(1, "c:0");
    const question = cluster.check(1, "c:0");
    cluster.isolate(1);
    cluster.run(600);
    expect(question.code).toBe("not-leader");
  });

  test("of an order that is only on disk reads it there", () => {
    const cluster = Cluster.serving({ tailEntriesMax: 2, recentOrdersMax: 2 });
    for (let n = 0; n < 20; n++) cluster.buy(1, `c:${n}`);
    expect(cluster.check(1, 0).reply).toMatchObject({ code: "ok", order: order(0) });
    expect(cluster.check(1, "c:1").reply).toMatchObject({ code: "ok", order: order(1) });
    expect(cluster.buy(1, "c:2").number).toBe(2);
    expect(cluster.buy(1, "c:2", { quantity: 9 }).code).toBe("key-reused");
  });

  test("of a negative or absurd number finds nothing", () => {
    const cluster = Cluster.serving();
    cluster.buy(1, "c:0");
    for (const number of [-1, 1, Number.MAX_SAFE_INTEGER]) expect(cluster.check(2, number).code).toBe("not-found");
  });

  test("before the leader's term is open waits until it is", () => {
    const cluster = Cluster.serving();
    cluster.buy(1, "c:0");
    cluster.run(10);
    cluster.crash(1);
    cluster.restart(1);
    cluster.crash(2);
    cluster.loses = carriesEntries;
    cluster.nominate(3);
    cluster.run(20);
    const question = cluster.check(3, 5);
    cluster.run(50);
    expect(question.reply).toBeUndefined();
    cluster.heal();
    cluster.run(100);
    expect(question.code).toBe("not-found");
  });

  test("beyond the limit of those that wait is refused, also by a key under way and from the disk", () => {
    const cluster = Cluster.serving({ lookupsMax: 1, tailEntriesMax: 2, recentOrdersMax: 2 });
    for (let n = 0; n < 9; n++) cluster.buy(1, `c:${n}`);
    cluster.node(1).holdsReads = true;
    const read = cluster.check(1, 0);
    expect(cluster.check(1, 1).code).toBe("not-executed");
    expect(cluster.buy(1, "c:1").code).toBe("unknown-outcome");
    cluster.node(1).holdsReads = false;
    cluster.run(10);
    expect(read.number).toBe(0);
    cluster.catalog.holdsReplies = true;
    cluster.buy(1, "c:late");
    cluster.check(1, "c:late");
    expect(cluster.check(1, "c:late").code).toBe("not-executed");
  });
});
