import { describe, expect, test } from "bun:test";
import { Leadership } from "../../../services/order/core/leadership.ts";
import { entriesOfTerm, index, order, replica, term } from "./names.ts";
import { openLeadership, propagateReply, sentOf, sharedOf } from "./parts.ts";

const inTerm2 = { term: 2, entries: entriesOfTerm(1, 2) };
const two = replica(2);
const three = replica(3);
const answer = (durable: number, more = {}): ReturnType<typeof propagateReply> =>
  propagateReply(durable, { term: term(2), ...more });

describe("committing", () => {
  test("begins with an entry of the leader's own term", () => {
    const shared = sharedOf(inTerm2);
    const leadership = new Leadership(shared);
    leadership.onReply(two, answer(3));
    leadership.onReply(three, answer(3));
    expect(leadership.advanceCommit()).toEqual([]);
    expect(leadership.isOpen).toBe(false);
    leadership.onReply(two, answer(4));
    leadership.onReply(three, answer(4));
    expect(leadership.advanceCommit()).toEqual([order(0), order(1)]);
    expect(leadership.isOpen).toBe(true);
  });

  test("takes a majority of disks, the leader's own among them or not", () => {
    const shared = sharedOf(inTerm2);
    const leadership = new Leadership(shared);
    shared.log.markDurable(shared.log.last);
    expect(leadership.advanceCommit()).toEqual([]);
    leadership.onReply(three, answer(4));
    expect(leadership.advanceCommit()).toHaveLength(2);
    expect(shared.log.committed).toBe(index(4));
  });

  test("does not count a replica that is joining, nor what it acknowledged before it was wiped", () => {
    const shared = sharedOf(inTerm2);
    const leadership = new Leadership(shared);
    shared.log.markDurable(shared.log.last);
    leadership.onReply(two, answer(4, { voter: false }));
    expect(leadership.advanceCommit()).toEqual([]);
    leadership.onReply(three, answer(4));
    leadership.onJoining(three);
    expect(leadership.advanceCommit()).toEqual([]);
  });

  test("forgets what a replica acknowledged before it said that it is joining", () => {
    const shared = sharedOf(inTerm2);
    const leadership = new Leadership(shared);
    shared.log.markDurable(shared.log.last);
    leadership.onReply(three, answer(4));
    leadership.onReply(three, answer(0, { voter: false }));
    leadership.onReply(three, answer(2));
    expect(leadership.advanceCommit()).toEqual([]);
  });

  test("numbers orders without gaps from the end of the log", () => {
    const shared = sharedOf(inTerm2);
    const leadership = new Leadership(shared);
    const body = { product: "Tux", quantity: 1, key: "c:x" };
    expect(leadership.append(body)?.number).toBe(2 as never);
    expect(leadership.append({ ...body, key: "c:y" })?.number).toBe(3 as never);
    expect(leadership.append(undefined)).toBeUndefined();
    expect(shared.log.orders).toBe(4);
  });
});

describe("propagating", () => {
  test("sends the entry that opens the term at once, to all", () => {
    const shared = sharedOf(inTerm2);
    new Leadership(shared).flush();
    const sent = sentOf(shared, "propagate");
    expect(sent.map(({ to }) => to)).toEqual([two, three]);
    expect(sent[0]?.message).toMatchObject({ term: 2, previous: { index: 3, term: 1 }, commitIndex: 0, sequence: 1 });
    expect(sent[0]?.message.entries).toHaveLength(1);
  });

  test("sends nothing twice, and heartbeats when they are due", () => {
    const shared = sharedOf(inTerm2);
    const leadership = new Leadership(shared);
    leadership.flush();
    leadership.flush();
    expect(sentOf(shared, "propagate")).toHaveLength(2);
    shared.now += shared.limits.heartbeatMs;
    leadership.flush();
    const beats = sentOf(shared, "propagate");
    expect(beats.map(({ message }) => message.entries.length)).toEqual([0, 0]);
    expect(beats[0]?.message.sequence).toBe(2);
  });

  test("sends again what may be lost with a stream", () => {
    const shared = sharedOf(inTerm2);
    const leadership = new Leadership(shared);
    leadership.flush();
    leadership.onReply(two, answer(3));
    shared.outbox.take();
    leadership.onLost(two);
    leadership.flush();
    expect(sentOf(shared, "propagate")).toMatchObject([{ to: two, message: { previous: { index: 3 } } }]);
  });

  test("has one batch under way to a follower; what gathers meanwhile goes with the next", () => {
    const shared = sharedOf(inTerm2);
    const leadership = new Leadership(shared);
    const batches = (): number[][] => {
      leadership.flush();
      const toTwo = sentOf(shared, "propagate").filter(({ to }) => to === two);
      return toTwo.map(({ message }) => message.entries.map((entry) => entry.index));
    };
    expect(batches()).toEqual([[4]]);
    for (const key of ["c:1", "c:2"]) leadership.append({ product: "Tux", quantity: 1, key });
    expect(batches()).toEqual([]);
    leadership.onReply(two, answer(4));
    expect(batches()).toEqual([[5, 6]]);
  });

  test("sends heartbeats also while a batch is under way", () => {
    const shared = sharedOf(inTerm2);
    const leadership = new Leadership(shared);
    leadership.flush();
    shared.outbox.take();
    shared.now += shared.limits.heartbeatMs;
    leadership.flush();
    expect(sentOf(shared, "propagate")).toMatchObject([
      { to: two, message: { previous: { index: 4 }, entries: [] } },
      { message: { previous: { index: 4 }, entries: [] } },
    ]);
  });

  test("leaves to the follower what is on the leader's disk only", () => {
    const shared = sharedOf({ term: 2, entries: entriesOfTerm(1, 30), limits: { tailEntriesMax: 2 } });
    const leadership = new Leadership(shared);
    shared.log.commitTo(index(31));
    for (let n = 0; n < 6; n++) leadership.append({ product: "Tux", quantity: 1, key: `c:new-${n}` });
    leadership.onReply(two, answer(3));
    leadership.onLost(two);
    leadership.flush();
    const toTwo = sentOf(shared, "propagate").filter(({ to }) => to === two);
    expect(toTwo).toMatchObject([{ message: { previous: { index: 38 }, entries: [] } }]);
  });

  test("sends only heartbeats to a follower that fetches what it lacks, and shows it the log's end", () => {
    const shared = sharedOf({ term: 2, entries: entriesOfTerm(1, 30), limits: { batchEntriesMax: 4 } });
    const leadership = new Leadership(shared);
    leadership.flush();
    leadership.onReply(two, answer(0, { gap: true }));
    shared.outbox.take();
    shared.now += shared.limits.heartbeatMs;
    leadership.flush();
    const [beat] = sentOf(shared, "propagate");
    expect(beat?.message).toMatchObject({ previous: { index: 32, term: 2 }, entries: [] });
  });
});

describe("the lease", () => {
  test("counts from when a majority was last heard", () => {
    const shared = sharedOf(inTerm2);
    const leadership = new Leadership(shared);
    expect([999, 1000].map((ms) => leadership.hasHeardMajoritySince(ms))).toEqual([true, false]);
    shared.now = 1200;
    leadership.onReply(two, answer(3));
    shared.now = 1300;
    leadership.onReply(three, answer(3, { voter: false }));
    expect([1199, 1200].map((ms) => leadership.hasHeardMajoritySince(ms))).toEqual([true, false]);
  });
});

describe("a confirmation", () => {
  test("sends a heartbeat at once and takes an answer to it", () => {
    const shared = sharedOf();
    const leadership = openLeadership(shared);
    leadership.flush();
    shared.outbox.take();
    const done: string[] = [];
    leadership.confirm(() => done.push("confirmed"));
    leadership.flush();
    const sequence = sentOf(shared, "propagate")[0]?.message.sequence ?? 0;
    leadership.onReply(two, propagateReply(1, { sequence: sequence - 1 }));
    expect(done).toEqual([]);
    leadership.onReply(two, propagateReply(1, { sequence }));
    expect(done).toEqual(["confirmed"]);
  });

  test("takes no answer of a replica that is joining", () => {
    const leadership = openLeadership(sharedOf());
    const done: string[] = [];
    leadership.confirm(() => done.push("confirmed"));
    leadership.flush();
    leadership.onReply(three, propagateReply(1, { sequence: 99, voter: false }));
    expect(done).toEqual([]);
  });
});

describe("the successor", () => {
  test("is the live voter with most of the log", () => {
    const shared = sharedOf(inTerm2);
    const leadership = new Leadership(shared);
    leadership.onReply(two, answer(3));
    leadership.onReply(three, answer(4));
    expect(leadership.successor(() => true)).toEqual({ id: three, upToDate: true });
    leadership.onReply(three, answer(4, { voter: false }));
    expect(leadership.successor(() => true)).toEqual({ id: two, upToDate: false });
    shared.now += shared.limits.leaseMs;
    expect(leadership.successor(() => true)).toBeUndefined();
  });

  test("has to suit", () => {
    const shared = sharedOf(inTerm2);
    const leadership = new Leadership(shared);
    leadership.onReply(two, answer(4, { catalogReachable: false }));
    leadership.onReply(three, answer(3));
    expect(leadership.successor((progress) => progress.catalogReachable)).toEqual({ id: three, upToDate: false });
  });
});
