import { describe, expect, test } from "bun:test";
import { Cluster, carriesEntries } from "../cluster.ts";

describe("a gap", () => {
  test("is fetched by RequestMissingLogs, range by range", () => {
    const cluster = Cluster.serving({ batchEntriesMax: 4, missingEntriesMax: 5 });
    cluster.crash(3);
    for (let n = 0; n < 40; n++) cluster.buy(1, `c:${n}`);
    cluster.run(10);
    const ranges: number[] = [];
    cluster.loses = ({ message }) => {
      if (message.type === "missing-reply") ranges.push(message.entries.length);
      return false;
    };
    cluster.restart(3);
    cluster.run(200);
    expect(cluster.orders(3)).toHaveLength(40);
    expect(ranges.length).toBeGreaterThan(7);
    expect(Math.max(...ranges)).toBe(5);
  });

  test("that is on the leader's disk only is read there", () => {
    const cluster = Cluster.serving({ tailEntriesMax: 4, missingEntriesMax: 8, batchEntriesMax: 4 });
    cluster.crash(3);
    for (let n = 0; n < 60; n++) cluster.buy(1, `c:${n}`);
    cluster.restart(3);
    cluster.run(200);
    expect(cluster.orders(3)).toEqual(cluster.orders(1));
  });

  test("made by a lost message in the middle of writing is closed", () => {
    const cluster = Cluster.serving();
    let lost = 0;
    cluster.loses = ({ to, message }) =>
      to === 3 && message.type === "propagate" && message.entries.length > 0 && lost++ === 0;
    for (let n = 0; n < 5; n++) cluster.buy(1, `c:${n}`);
    cluster.run(200);
    expect(lost).toBeGreaterThan(0);
    expect(cluster.orders(3)).toEqual(cluster.orders(1));
  });

  test("is asked for again when the answer is lost", () => {
    const cluster = Cluster.serving({ batchEntriesMax: 2, missingTimeoutMs: 200 });
    cluster.crash(3);
    for (let n = 0; n < 20; n++) cluster.buy(1, `c:${n}`);
    cluster.run(10);
    let lost = 0;
    cluster.loses = ({ message }) => message.type === "missing-reply" && lost++ === 0;
    cluster.restart(3);
    cluster.run(600);
    expect(lost).toBeGreaterThan(1);
    expect(cluster.orders(3)).toEqual(cluster.orders(1));
  });
});

describe("messages that come late, twice or out of order", () => {
  test("change nothing that was agreed", () => {
    const cluster = Cluster.serving();
    const seen: (() => void)[] = [];
    cluster.loses = ({ from, to, message }) => {
      seen.push(() => cluster.node(to).tell({ type: "peer", from, message }));
      return false;
    };
    for (let n = 0; n < 5; n++) cluster.buy(1, `c:${n}`);
    cluster.heal();
    cluster.crash(1);
    cluster.elect(2);
    cluster.buy(2, "c:after");
    cluster.restart(1);
    cluster.run(200);
    const before = cluster.node(2).disk.entries.slice();
    for (const again of seen.reverse()) again();
    cluster.run(500);
    expect(cluster.leader).toBe(2);
    for (const id of [1, 2, 3]) expect(cluster.node(id).disk.entries).toEqual(before);
  });

  test("are put right within one stream: entries that overtake others are kept once", () => {
    const cluster = Cluster.serving();
    const held: (() => void)[] = [];
    cluster.loses = ({ from, to, message }) => {
      if (to !== 3 || message.type !== "propagate" || message.entries.length === 0) return false;
      held.push(() => cluster.node(to).tell({ type: "peer", from, message }));
      return true;
    };
    for (let n = 0; n < 5; n++) cluster.buy(1, `c:${n}`);
    cluster.heal();
    for (const deliver of held.reverse()) deliver();
    cluster.run(100);
    expect(cluster.orders(3)).toEqual(cluster.orders(1));
  });
});

describe("an entry of an older term", () => {
  test("is committed only with one of the leader's own term (Raft, figure 8)", () => {
    const cluster = Cluster.serving();
    // Order 0 reaches only the disk of the leader, which then is cut off.
    cluster.isolate(1);
    cluster.buy(1, "c:old");
    cluster.crash(1);
    // It comes back and leads again; its own term's entry reaches nobody.
    cluster.heal();
    cluster.restart(1);
    cluster.loses = carriesEntries;
    cluster.nominate(1);
    cluster.run(100);
    expect(cluster.node(1).status(cluster.nowMs).commitIndex).toBeLessThan(2);
    expect(cluster.check(1, "c:old").reply).toBeUndefined();
    cluster.heal();
    cluster.run(200);
    expect(cluster.check(1, "c:old").number).toBe(0);
  });
});
