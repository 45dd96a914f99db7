import { describe, expect, test } from "bun:test";
import { Cluster } from "../cluster.ts";
import { order, told } from "../names.ts";

function expectSameLogs(cluster: Cluster): void {
  const [one, two, three] = [1, 2, 3].map((id) => cluster.node(id).disk.entries);
  expect(two).toEqual(one ?? []);
  expect(three).toEqual(one ?? []);
}

describe("a leader that is lost", () => {
  test("is followed by one that keeps every acknowledged order", () => {
    const cluster = Cluster.serving();
    const bought = [0, 1, 2].map((n) => cluster.buy(1, `c:${n}`));
    expect(bought.map((answer) => answer.number)).toEqual([0, 1, 2]);
    cluster.crash(1);
    cluster.elect(2);
    expect(cluster.check(2, 2).reply).toMatchObject({ code: "ok", order: told(order(2)) });
    expect(cluster.buy(2, "c:3").number).toBe(3);
  });

  test("is replaced without waiting for its lease when its connections close", () => {
    const cluster = Cluster.serving();
    cluster.crash(1);
    cluster.nominate(2);
    expect(cluster.leader).toBe(2);
  });

  test("and paused instead of killed is replaced once its lease has ended, not before", () => {
    const cluster = Cluster.serving();
    cluster.pause(1);
    cluster.run(300);
    cluster.nominate(2);
    expect(cluster.leader).toBeUndefined();
    cluster.run(250);
    cluster.nominate(2);
    expect(cluster.leader).toBe(2);
  });

  test("twice, with restarts between, costs no acknowledged order and no number", () => {
    const cluster = Cluster.serving();
    cluster.buy(1, "c:0");
    cluster.crash(1);
    cluster.elect(2);
    cluster.buy(2, "c:1");
    cluster.restart(1);
    cluster.run(500);
    cluster.crash(2);
    cluster.elect(3);
    cluster.buy(3, "c:2");
    cluster.restart(2);
    cluster.run(500);
    expect(cluster.orders(1)).toEqual([order(0), order(1), order(2)]);
    expectSameLogs(cluster);
  });

  test("comes back by itself and ends with the same log as the others", () => {
    const cluster = Cluster.serving();
    cluster.crash(1);
    cluster.elect(3);
    for (let n = 0; n < 20; n++) cluster.buy(3, `c:${n}`);
    cluster.restart(1);
    cluster.run(200);
    expect(cluster.orders(1)).toHaveLength(20);
    expectSameLogs(cluster);
  });

  test("and restarted does not resume its term", () => {
    const cluster = Cluster.serving();
    const before = cluster.node(1).status(cluster.nowMs);
    expect(before).toMatchObject({ leader: 1, serving: true });
    cluster.restart(1);
    cluster.run(100);
    expect(cluster.node(1).status(cluster.nowMs)).toMatchObject({ term: before.term, leader: undefined });
    cluster.elect(1);
    expect(cluster.node(1).status(cluster.nowMs).term).toBeGreaterThan(before.term);
  });
});

describe("a retry through a failover", () => {
  test("gets the original number", () => {
    const cluster = Cluster.serving();
    cluster.buy(1, "c:other");
    expect(cluster.buy(1, "c:mine").number).toBe(1);
    cluster.crash(1);
    cluster.elect(2);
    expect(cluster.buy(2, "c:mine").number).toBe(1);
    expect(cluster.catalog.sold("Tux")).toBe(2);
  });

  test("of an order that was committed but never acknowledged gets its number", () => {
    const cluster = Cluster.serving();
    cluster.loses = ({ from, message }) => from !== 1 && message.type === "propagate-reply";
    const lost = cluster.buy(1, "c:mine");
    expect(cluster.orders(2)).toHaveLength(1);
    cluster.crash(1);
    cluster.heal();
    cluster.elect(2);
    expect(lost.reply).toBeUndefined();
    expect(cluster.buy(2, "c:mine").number).toBe(0);
    expect(cluster.catalog.quantity("Tux")).toBe(99);
  });

  test("that reaches the next leader before its term is open waits for the older entry's fate", () => {
    const cluster = Cluster.serving();
    cluster.loses = ({ from, message }) => from !== 1 && message.type === "propagate-reply";
    cluster.buy(1, "c:mine");
    cluster.crash(1);
    cluster.nominate(2);
    const retry = cluster.buy(2, "c:mine");
    expect(retry.reply).toBeUndefined();
    cluster.heal();
    cluster.run(100);
    expect(retry.number).toBe(0);
    expect(cluster.orders(2)).toHaveLength(1);
  });
});

describe("a deposed leader", () => {
  test("cannot acknowledge an order", () => {
    const cluster = Cluster.serving();
    cluster.isolate(1);
    const stranded = cluster.buy(1, "c:stranded");
    expect(cluster.orders(1)).toHaveLength(1);
    cluster.elect(2);
    expect(cluster.buy(2, "c:other").number).toBe(0);
    cluster.run(600);
    expect(stranded.code).toBe("unknown-outcome");
  });

  test("loses its uncommitted tail to the next leader's log", () => {
    const cluster = Cluster.serving();
    cluster.isolate(1);
    cluster.buy(1, "c:stranded");
    cluster.elect(2);
    cluster.buy(2, "c:other");
    cluster.heal();
    cluster.run(300);
    expect(cluster.orders(1)).toEqual([order(0, "c:other")]);
    expectSameLogs(cluster);
    // The stranded purchase was set aside by its leader's session: it is back in stock.
    expect(cluster.catalog.quantity("Tux")).toBe(99);
  });

  test("that was paused does not believe its clock: it steps down before it answers anything", () => {
    const cluster = Cluster.serving();
    cluster.pause(1);
    cluster.run(600);
    cluster.elect(2);
    cluster.buy(2, "c:0");
    const question = cluster.check(1, 0);
    cluster.resume(1);
    cluster.settle();
    expect(question.code).not.toBe("not-found");
    expect(cluster.node(1).notices.map(({ message }) => message)).toContain("leadership ended");
  });

  test("that hears no majority steps down within its lease and says so", () => {
    const cluster = Cluster.serving();
    cluster.isolate(1);
    cluster.run(490);
    expect(cluster.node(1).status(cluster.nowMs).leader).toBeDefined();
    cluster.run(30);
    expect(cluster.node(1).status(cluster.nowMs)).toMatchObject({ leader: undefined, serving: false });
  });

  test("with a long uncommitted tail is brought into line in a few rounds", () => {
    const cluster = Cluster.serving({ batchEntriesMax: 16, missingEntriesMax: 100 });
    cluster.catalog.stock("Tux", 1000);
    cluster.isolate(1);
    for (let n = 0; n < 200; n++) cluster.buy(1, `c:stranded-${n}`);
    cluster.elect(2);
    for (let n = 0; n < 300; n++) cluster.buy(2, `c:${n}`);
    let asked = 0;
    cluster.heal();
    cluster.loses = ({ message }) => {
      if (message.type === "missing-request") asked++;
      return false;
    };
    cluster.run(200);
    expectSameLogs(cluster);
    expect(asked).toBeLessThan(10);
  });
});

describe("the election", () => {
  test("goes to a log that is not behind: a nominee that is passes its nomination on", () => {
    const cluster = Cluster.serving();
    cluster.loses = ({ to }) => to === 3;
    cluster.buy(1, "c:0");
    cluster.crash(1);
    cluster.heal();
    cluster.nominate(3);
    expect(cluster.leader).toBe(2);
  });

  test("changes no term while a leader is alive", () => {
    const cluster = Cluster.serving();
    const { term } = cluster.node(1).status(cluster.nowMs);
    cluster.loses = ({ from, message }) => from === 1 && message.type === "propagate";
    cluster.run(100);
    cluster.node(3).tell({ type: "propagate-closed", leader: cluster.node(1).id });
    cluster.nominate(3);
    cluster.run(100);
    expect(cluster.node(2).status(cluster.nowMs).term).toBe(term);
    expect(cluster.leader).toBe(1);
  });

  test("of a candidate that cannot win costs the others nothing when it returns", () => {
    const cluster = Cluster.serving();
    const { term } = cluster.node(1).status(cluster.nowMs);
    cluster.isolate(3);
    cluster.run(600);
    cluster.nominate(3);
    cluster.run(1500);
    cluster.heal();
    cluster.run(200);
    expect(cluster.node(3).status(cluster.nowMs)).toMatchObject({ term, leader: 1 });
    expect(cluster.leader).toBe(1);
  });

  test("is repeated after a pause until the votes arrive", () => {
    const cluster = Cluster.serving();
    cluster.crash(1);
    cluster.loses = ({ message }) => message.type === "vote-reply";
    cluster.nominate(2);
    cluster.run(300);
    expect(cluster.leader).toBeUndefined();
    cluster.heal();
    cluster.run(400);
    expect(cluster.leader).toBe(2);
  });

  test("asks for no vote before its own is synced", () => {
    const cluster = Cluster.serving();
    cluster.crash(1);
    const asked: number[] = [];
    cluster.loses = ({ from, message }) => {
      if (message.type === "vote-request" && !message.preVote) asked.push(from);
      return false;
    };
    cluster.node(2).disk.stalls = true;
    cluster.nominate(2);
    expect(cluster.node(2).status(cluster.nowMs).term).toBeGreaterThan(1);
    expect(asked).toEqual([]);
    cluster.node(2).disk.stalls = false;
    cluster.run(10);
    expect(asked).toEqual([2, 2]);
    expect(cluster.leader).toBe(2);
  });

  test("counts no vote that was not synced, and a voter that crashed before may vote anew", () => {
    const cluster = Cluster.serving();
    cluster.crash(1);
    cluster.node(3).disk.stalls = true;
    cluster.nominate(2);
    cluster.run(50);
    expect(cluster.leader).toBeUndefined();
    cluster.crash(3);
    cluster.node(3).disk.stalls = false;
    cluster.restart(3);
    for (let tries = 0; tries < 20 && cluster.leader === undefined; tries++) {
      cluster.nominate(3);
      cluster.run(50);
    }
    expect(cluster.buy(3, "c:0").number).toBe(0);
  });
});
