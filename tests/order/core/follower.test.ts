import { describe, expect, test } from "bun:test";
import { Follower } from "../../../services/order/core/follower.ts";
import type { Shared } from "../../../services/order/core/shared.ts";
import type { Entry, MissingReply, Propagate } from "../../../services/order/core/types.ts";
import { entriesOfTerm, entry, index, position, replica, term } from "./names.ts";
import { effectsOf, type Surroundings, sentOf, sharedOf } from "./parts.ts";

function following(more: Surroundings = {}): { shared: Shared; follower: Follower } {
  const shared = sharedOf({ id: 2, term: 2, ...more });
  return { shared, follower: new Follower(shared, replica(1), term(2)) };
}

function propagate(previous: [number, number], entries: Entry[] = [], more: Partial<Propagate> = {}): Propagate {
  return {
    type: "propagate",
    term: term(2),
    previous: position(...previous),
    entries,
    commitIndex: index(0),
    sequence: 1,
    ...more,
  };
}

function missingReply(sequence: number, previous: [number, number], more: Partial<MissingReply> = {}): MissingReply {
  return {
    type: "missing-reply",
    term: term(2),
    sequence,
    previous: position(...previous),
    entries: [],
    commitIndex: index(0),
    end: false,
    conflict: undefined,
    ...more,
  };
}

describe("entries that follow on the log", () => {
  test("are appended, and acknowledged only when they are durable", () => {
    const { shared, follower } = following();
    follower.onPropagate(propagate([0, 0], [entry(1, 2), entry(2, 2, 0)]));
    follower.flush();
    const effects = shared.outbox.take();
    expect(effects[0]).toEqual({ type: "append", entries: [entry(1, 2), entry(2, 2, 0)] });
    expect(effects[1]).toBeUndefined();
    shared.log.markDurable(position(2, 2));
    follower.onDurable();
    follower.flush();
    expect(sentOf(shared, "propagate-reply")).toMatchObject([{ to: replica(1), message: { durableIndex: 2 } }]);
  });

  test("are answered with the tick if the disk takes longer, so that the leader hears from its follower", () => {
    const { shared, follower } = following();
    follower.onPropagate(propagate([0, 0], [entry(1, 2), entry(2, 2, 0)]));
    follower.onTick();
    follower.flush();
    expect(sentOf(shared, "propagate-reply")).toMatchObject([
      { message: { durableIndex: 0, gap: false, sequence: 1 } },
    ]);
  });

  test("that bring nothing are answered at once, whatever the disk does", () => {
    const { shared, follower } = following();
    follower.onPropagate(propagate([0, 0], [entry(1, 2)]));
    follower.onPropagate(propagate([1, 2], []));
    follower.flush();
    expect(sentOf(shared, "propagate-reply")).toHaveLength(1);
  });

  test("are taken once, however often they come", () => {
    const { shared, follower } = following();
    const message = propagate([0, 0], [entry(1, 2), entry(2, 2, 0)]);
    follower.onPropagate(message);
    follower.onPropagate(message);
    expect(effectsOf(shared, "append")).toHaveLength(1);
    expect(shared.log.last).toEqual(position(2, 2));
  });

  test("are committed as far as the leader says and this log is known to equal its own", () => {
    const { shared, follower } = following({ entries: entriesOfTerm(1, 5) });
    follower.onPropagate(propagate([3, 1], [], { commitIndex: index(6) }));
    expect(shared.log.committed).toBe(index(3));
    follower.onPropagate(propagate([6, 1], [], { commitIndex: index(6), sequence: 2 }));
    expect(shared.log.committed).toBe(index(6));
  });
});

describe("a heartbeat", () => {
  test("is answered at once, not behind the disk, and with the newest sequence", () => {
    const { shared, follower } = following({ entries: entriesOfTerm(1, 2) });
    follower.onPropagate(propagate([3, 1], [], { sequence: 9 }));
    follower.onPropagate(propagate([3, 1], [], { sequence: 8 }));
    follower.flush();
    expect(sentOf(shared, "propagate-reply")).toMatchObject([{ message: { sequence: 9, durableIndex: 3 } }]);
    follower.flush();
    expect(sentOf(shared, "propagate-reply")).toEqual([]);
  });

  test("acknowledges no more than is known to equal the leader's log", () => {
    const { shared, follower } = following({ entries: entriesOfTerm(1, 5) });
    follower.onPropagate(propagate([2, 1]));
    follower.flush();
    expect(sentOf(shared, "propagate-reply")).toMatchObject([{ message: { durableIndex: 2 } }]);
  });
});

describe("an uncommitted tail that contradicts the leader's", () => {
  test("is cut and replaced", () => {
    const { shared, follower } = following({ entries: entriesOfTerm(1, 5) });
    follower.onPropagate(propagate([4, 1], [entry(5, 2), entry(6, 2, 3, "c:new")]));
    const kinds = shared.outbox.take().filter(({ type }) => type !== "notice");
    expect(kinds).toEqual([
      { type: "truncate", after: index(4) },
      { type: "append", entries: [entry(5, 2), entry(6, 2, 3, "c:new")] },
    ]);
    expect(shared.log.durable).toBe(index(4));
  });

  test("stays while a batch merely ends before it", () => {
    const { shared, follower } = following({ entries: entriesOfTerm(1, 5) });
    follower.onPropagate(propagate([1, 1], [entry(2, 1, 0)]));
    expect(shared.log.last).toEqual(position(6, 1));
  });

  test("that is committed would break everything: the replica stops instead", () => {
    const { shared, follower } = following({ entries: entriesOfTerm(1, 5) });
    shared.log.commitTo(index(6));
    expect(() => follower.onPropagate(propagate([4, 1], [entry(5, 2)]))).toThrow("is never cut");
  });
});

describe("a gap", () => {
  test("is reported, and fetched from the leader from the end of the log on", () => {
    const { shared, follower } = following({ entries: entriesOfTerm(1, 2) });
    follower.onPropagate(propagate([9, 1], [entry(10, 1, 8)]));
    follower.flush();
    const sent = effectsOf(shared, "send").map(({ message }) => message);
    expect(sent).toMatchObject([
      { type: "missing-request", previous: { index: 3, term: 1 }, sequence: 1 },
      { type: "propagate-reply", gap: true },
    ]);
  });

  test("is fetched a window at a time, in ranges; the next when this one was appended", () => {
    const { shared, follower } = following({ limits: { missingWindowMax: 3 } });
    follower.onPropagate(propagate([9, 1]));
    follower.flush();
    follower.flush();
    expect(sentOf(shared, "missing-request")).toMatchObject([{ message: { entriesMax: 3, sequence: 1 } }]);
    follower.onMissingReply(missingReply(1, [0, 0], { entries: [entry(1, 1), entry(2, 1, 0)] }));
    follower.flush();
    expect(sentOf(shared, "missing-request")).toEqual([]);
    follower.onMissingReply(missingReply(1, [2, 1], { entries: [entry(3, 1, 1)] }));
    follower.flush();
    expect(sentOf(shared, "missing-request")).toMatchObject([{ message: { previous: { index: 3 }, sequence: 2 } }]);
  });

  test("takes no range that does not continue the one before, and asks again when no other has come for a time", () => {
    const { shared, follower } = following();
    follower.onPropagate(propagate([9, 1]));
    follower.onMissingReply(missingReply(1, [0, 0], { entries: [entry(1, 1)] }));
    follower.onMissingReply(missingReply(1, [2, 1], { entries: [entry(3, 1, 1)] }));
    expect(shared.log.last).toEqual(position(1, 1));
    shared.outbox.take();
    shared.now += shared.limits.missingTimeoutMs;
    follower.flush();
    expect(sentOf(shared, "missing-request")).toMatchObject([{ message: { previous: { index: 1 }, sequence: 2 } }]);
  });

  test("is over at the explicit end", () => {
    const { shared, follower } = following();
    follower.onPropagate(propagate([2, 1]));
    follower.onMissingReply(
      missingReply(1, [0, 0], { entries: entriesOfTerm(1, 1), end: true, commitIndex: index(1) }),
    );
    follower.flush();
    expect(sentOf(shared, "propagate-reply").at(-1)?.message.gap).toBe(false);
    expect(shared.log.committed).toBe(index(1));
  });

  test("takes no range that was not asked for last", () => {
    const { shared, follower } = following();
    follower.onMissingReply(missingReply(1, [0, 0], { entries: [entry(1, 1)] }));
    follower.onPropagate(propagate([9, 1]));
    follower.onMissingReply(missingReply(7, [0, 0], { entries: [entry(1, 1)] }));
    expect(shared.log.last).toEqual(position(0, 0));
  });

  test("is asked for again when no range has come for a time", () => {
    const { shared, follower } = following();
    follower.onPropagate(propagate([9, 1]));
    follower.flush();
    shared.outbox.take();
    shared.now += shared.limits.missingTimeoutMs;
    follower.flush();
    expect(sentOf(shared, "missing-request")).toMatchObject([{ message: { sequence: 2 } }]);
  });

  test("is not asked for again at once when who answers holds something else, and may say no more", () => {
    const { shared, follower } = following({ entries: entriesOfTerm(1, 3) });
    follower.onPropagate(propagate([9, 2]));
    follower.onMissingReply(missingReply(1, [3, 2], { end: true, commitIndex: index(3) }));
    shared.outbox.take();
    follower.flush();
    expect(sentOf(shared, "missing-request")).toEqual([]);
    expect(shared.log.committed as number).toBe(0);
    shared.now += shared.limits.missingTimeoutMs;
    follower.flush();
    expect(sentOf(shared, "missing-request")).toMatchObject([{ message: { sequence: 2 } }]);
  });

  test("waits for the disk when too much is not durable yet", () => {
    const { shared, follower } = following({ limits: { missingBacklogMax: 1, missingWindowMax: 4 } });
    follower.onPropagate(propagate([9, 1]));
    follower.onMissingReply(missingReply(1, [0, 0], { entries: entriesOfTerm(1, 3) }));
    shared.outbox.take();
    follower.flush();
    expect(sentOf(shared, "missing-request")).toEqual([]);
    shared.log.markDurable(position(4, 1));
    follower.flush();
    expect(sentOf(shared, "missing-request")).toHaveLength(1);
  });
});

describe("a conflict at the end of the log", () => {
  test("goes back to where the leader says, and asks again from there", () => {
    const { shared, follower } = following({ entries: entriesOfTerm(1, 5) });
    follower.onPropagate(propagate([9, 2]));
    shared.outbox.take();
    follower.onMissingReply(missingReply(1, [6, 1], { conflict: { backTo: index(2) } }));
    follower.flush();
    const effects = shared.outbox.take();
    expect(effects).toContainEqual({ type: "truncate", after: index(2) });
    expect(shared.log.last).toEqual(position(2, 1));
  });

  test("never goes below what equals the leader's log", () => {
    const { shared, follower } = following({ entries: entriesOfTerm(1, 5) });
    follower.onPropagate(propagate([4, 1]));
    follower.onPropagate(propagate([9, 2]));
    follower.onMissingReply(missingReply(1, [6, 1], { conflict: { backTo: index(1) } }));
    expect(shared.log.last).toEqual(position(4, 1));
  });

  test("that is about an end which is not the end any more changes nothing", () => {
    const { shared, follower } = following({ entries: entriesOfTerm(1, 5) });
    follower.onPropagate(propagate([9, 2]));
    follower.onMissingReply(missingReply(1, [5, 1], { conflict: { backTo: index(1) } }));
    expect(shared.log.last).toEqual(position(6, 1));
  });
});
