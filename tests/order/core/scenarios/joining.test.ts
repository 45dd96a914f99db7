import { describe, expect, test } from "bun:test";
import { Cluster, carriesEntries } from "../cluster.ts";

function start(cluster: Cluster, ...ids: number[]): void {
  for (const id of ids) cluster.node(id).start();
}

function hears(cluster: Cluster, id: number, message: string): boolean {
  return cluster.node(id).notices.some((notice) => notice.message === message);
}

describe("founding", () => {
  test("takes all three: two empty replicas found nothing", () => {
    const cluster = new Cluster();
    start(cluster, 1, 2);
    cluster.run(2000);
    expect(cluster.node(1).status(cluster.nowMs)).toMatchObject({ eligible: false, storeId: undefined });
    start(cluster, 3);
    cluster.run(600);
    for (const id of [1, 2, 3]) {
      expect(cluster.node(id).status(cluster.nowMs)).toMatchObject({ eligible: true, storeId: "store-1" });
    }
  });

  test("is left to others by a replica that was damaged", () => {
    const cluster = new Cluster();
    cluster.node(1).disk.wipe(true);
    start(cluster, 1, 2, 3);
    cluster.run(2000);
    expect(cluster.node(2).status(cluster.nowMs).eligible).toBe(false);
  });

  test("survives a crash half way: the store id that one replica has is adopted", () => {
    const cluster = new Cluster();
    cluster.node(2).disk.stalls = true;
    start(cluster, 1, 2, 3);
    cluster.run(600);
    cluster.crash(2);
    cluster.node(2).disk.stalls = false;
    cluster.restart(2);
    cluster.run(600);
    expect(cluster.node(2).status(cluster.nowMs)).toMatchObject({ eligible: true, storeId: "store-1" });
  });
});

describe("a wiped replica", () => {
  test("does not vote before it has caught up", () => {
    const cluster = Cluster.serving();
    cluster.buy(1, "c:0");
    cluster.crash(2);
    cluster.crash(3);
    cluster.node(3).disk.wipe();
    cluster.restart(3);
    cluster.crash(1);
    cluster.restart(2);
    cluster.run(600);
    cluster.nominate(2);
    cluster.run(1200);
    expect(cluster.leader).toBeUndefined();
    expect(cluster.node(3).status(cluster.nowMs).eligible).toBe(false);
    cluster.restart(1);
    cluster.elect(1);
    cluster.run(600);
    expect(cluster.node(3).status(cluster.nowMs).eligible).toBe(true);
    expect(cluster.orders(3)).toHaveLength(1);
  });

  test("is not counted for a commit before it has caught up", () => {
    const cluster = Cluster.serving();
    cluster.crash(3);
    cluster.crash(2);
    cluster.node(3).disk.wipe();
    cluster.restart(3);
    const bought = cluster.buy(1, "c:0");
    cluster.run(400);
    expect(bought.reply).toBeUndefined();
    cluster.restart(2);
    cluster.elect(1);
    const retry = cluster.buy(1, "c:0");
    cluster.run(200);
    expect(retry.number).toBe(0);
  });

  test("no longer counts with what it once acknowledged", () => {
    const cluster = Cluster.serving();
    cluster.loses = ({ to, message }) => to === 2 && message.type === "propagate";
    cluster.node(1).disk.stalls = true;
    const bought = cluster.buy(1, "c:0");
    cluster.run(10);
    expect(cluster.orders(3)).toHaveLength(1);
    expect(bought.reply).toBeUndefined();
    cluster.crash(3);
    cluster.node(3).disk.wipe();
    cluster.loses = (letter) => carriesEntries(letter) || (letter.to === 3 && letter.message.type === "propagate");
    cluster.node(3).start();
    cluster.run(50);
    cluster.node(1).disk.stalls = false;
    cluster.run(50);
    expect(bought.reply).toBeUndefined();
    cluster.heal();
    cluster.run(100);
    expect(bought.number).toBe(0);
  });

  test("becomes a voter by a leader that a majority without it confirms", () => {
    const cluster = Cluster.serving();
    cluster.crash(3);
    for (let n = 0; n < 5; n++) cluster.buy(1, `c:${n}`);
    cluster.node(3).disk.wipe();
    cluster.isolate(2);
    cluster.restart(3);
    cluster.run(300);
    expect(cluster.node(3).status(cluster.nowMs).eligible).toBe(false);
    cluster.heal();
    cluster.elect(1);
    cluster.run(500);
    expect(cluster.node(3).status(cluster.nowMs).eligible).toBe(true);
    expect(hears(cluster, 3, "caught up: a voter again")).toBe(true);
    cluster.crash(2);
    expect(cluster.buy(1, "c:last").number).toBe(5);
  });

  test("that restarts while it joins goes on joining", () => {
    const cluster = Cluster.serving();
    cluster.buy(1, "c:0");
    cluster.crash(3);
    cluster.node(3).disk.wipe();
    cluster.loses = ({ from, message }) => from === 3 && message.type === "back-online" && message.joining;
    cluster.restart(3);
    cluster.run(300);
    expect(cluster.orders(3)).toHaveLength(1);
    cluster.restart(3);
    cluster.run(300);
    expect(cluster.node(3).status(cluster.nowMs).eligible).toBe(false);
    cluster.heal();
    cluster.run(500);
    expect(cluster.node(3).status(cluster.nowMs).eligible).toBe(true);
  });

  test("founds nothing while one other is silent", () => {
    const cluster = Cluster.serving();
    cluster.buy(1, "c:0");
    for (const id of [1, 2, 3]) cluster.crash(id);
    cluster.node(1).disk.wipe();
    cluster.node(2).disk.wipe();
    start(cluster, 1, 2);
    cluster.run(2000);
    expect(cluster.node(1).status(cluster.nowMs)).toMatchObject({ eligible: false, storeId: undefined });
  });
});
