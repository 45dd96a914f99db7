import { describe, expect, test } from "bun:test";
import { Cluster, carriesEntries } from "../cluster.ts";
import { replica } from "../names.ts";

/** Replica 1 leads, and replica 2, which answered it first, is its partner. */
function serving(): Cluster {
  const cluster = Cluster.serving();
  expect(cluster.buy(1, "c:0").number).toBe(0);
  expect([2, 3].map((id) => cluster.orders(id).length)).toEqual([1, 0]);
  cluster.run(10);
  expect(cluster.orders(3)).toHaveLength(1);
  return cluster;
}

/** Replica 2 answers nothing: each purchase is committed with the tick, and in the end at once. */
function outlastPatience(cluster: Cluster): void {
  for (let nth = 1; nth <= 5; nth++) {
    const bought = cluster.buy(1, `c:silent-${nth}`);
    expect(bought.reply).toBeUndefined();
    cluster.run(10);
    expect(bought.number).toBe(nth);
  }
  expect(cluster.buy(1, "c:silent-6").number).toBe(6);
}

describe("a leader and its partner", () => {
  test("commit alone; the third replica has everything a tick later, in a tenth of the batches", () => {
    const cluster = serving();
    const batches = [0, 0, 0, 0];
    cluster.loses = (letter) => {
      if (carriesEntries(letter)) batches[letter.to] = (batches[letter.to] ?? 0) + 1;
      return false;
    };
    for (let n = 1; n <= 50; n++) {
      expect(cluster.buy(1, `c:${n}`).number).toBe(n);
      if (n % 10 !== 0) continue;
      cluster.run(10);
      expect(cluster.orders(3)).toEqual(cluster.orders(1));
    }
    expect(batches).toEqual([0, 0, 50, 5]);
  });

  test("that falls silent: a purchase waits for the tick, after a while for nothing", () => {
    const cluster = serving();
    cluster.pause(2);
    outlastPatience(cluster);
    cluster.resume(2);
    cluster.run(20);
    const { length } = cluster.orders(1);
    expect(cluster.buy(1, "c:last").number).toBe(length);
    expect(cluster.orders(2)).toHaveLength(length);
  });

  test("whose disk hangs: the same", () => {
    const cluster = serving();
    cluster.node(2).disk.stalls = true;
    outlastPatience(cluster);
  });

  test("whose stream is lost with a purchase on it: it waits for nothing", () => {
    const cluster = serving();
    cluster.pause(2);
    const bought = cluster.buy(1, "c:1");
    cluster.node(1).tell({ type: "follower-lost", follower: replica(2) });
    cluster.settle();
    expect(bought.number).toBe(1);
  });

  test("that is down from the start: the other one is the partner", () => {
    const cluster = serving();
    cluster.crash(1);
    cluster.restart(1);
    cluster.crash(2);
    cluster.elect(3);
    for (let n = 1; n < 5; n++) expect(cluster.buy(3, `c:${n}`).number).toBe(n);
  });

  test("that cannot reach the catalog: leadership goes to the third replica when that has everything", () => {
    const cluster = serving();
    cluster.withoutCatalog.add(1).add(2);
    cluster.buy(1, "c:1");
    cluster.node(1).tell({ type: "catalog-closed", session: cluster.sessionOf(1) });
    cluster.run(2500);
    expect(cluster.leader).toBe(3);
    expect(cluster.buy(3, "c:2").number).toBe(2);
  });
});
