import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../../services/lib/random.ts";
import { Follower } from "../../../services/order/core/follower.ts";
import { defaultLimits } from "../../../services/order/core/limits.ts";
import { Log } from "../../../services/order/core/log.ts";
import { MissingEntries } from "../../../services/order/core/missing-entries.ts";
import { Shared } from "../../../services/order/core/shared.ts";
import type { MissingReply, MissingRequest, Recovered } from "../../../services/order/core/types.ts";
import { entriesOfTerm, entry, index, position, replica, term } from "./names.ts";
import { effectsOf, type Surroundings, sentOf, sharedOf } from "./parts.ts";

/** Entries 1 to 6 of term 1, committed to 4; in term 2. */
function responder(more: Surroundings = {}): { shared: Shared; missing: MissingEntries } {
  const shared = sharedOf({ term: 2, entries: entriesOfTerm(1, 5), ...more });
  shared.log.commitTo(index(4));
  return { shared, missing: new MissingEntries(shared) };
}

function request(previous: [number, number], more: Partial<MissingRequest> = {}): MissingRequest {
  return {
    type: "missing-request",
    term: term(2),
    previous: position(...previous),
    entriesMax: 100,
    sequence: 5,
    ...more,
  };
}

/** What a replica finds whose entries are all on its disk only. */
const restarted: Recovered = {
  storeId: "store-1",
  term: term(1),
  votedFor: undefined,
  voter: true,
  last: position(21, 1),
  orders: 20,
  termStarts: [position(1, 1)],
  tail: [],
  keys: () => undefined,
};

function justStarted(): Shared {
  const log = new Log(restarted, defaultLimits, seededRandom(7));
  return new Shared(replica(1), [replica(2), replica(3)], defaultLimits, seededRandom(7), log);
}

const reply = (shared: Shared): MissingReply | undefined => sentOf(shared, "missing-reply")[0]?.message;

describe("a replica that is asked for entries", () => {
  test("sends only what is committed, and says where that ends", () => {
    const { shared, missing } = responder();
    missing.onRequest(replica(3), request([2, 1]), false);
    expect(reply(shared)).toMatchObject({
      sequence: 5,
      previous: { index: 2, term: 1 },
      entries: [entry(3, 1, 1), entry(4, 1, 2)],
      commitIndex: 4,
      end: true,
    });
  });

  test("sends what is not committed as the leader of the requester's term", () => {
    const { shared, missing } = responder();
    missing.onRequest(replica(3), request([4, 1]), true);
    expect(reply(shared)?.entries).toHaveLength(2);
    missing.onRequest(replica(3), request([4, 1], { term: term(1) }), true);
    expect(reply(shared)?.entries).toHaveLength(0);
  });

  test("sends at most what was asked for", () => {
    const { shared, missing } = responder();
    missing.onRequest(replica(3), request([0, 0], { entriesMax: 2 }), true);
    expect(reply(shared)).toMatchObject({ entries: [{ index: 1 }, { index: 2 }], end: false });
    expect(effectsOf(shared, "read-entries")).toEqual([]);
  });

  test("sends a range at once and one in each tick, up to what was asked for", () => {
    const { shared, missing } = responder({ limits: { missingEntriesMax: 2 } });
    missing.onRequest(replica(3), request([0, 0], { entriesMax: 5 }), true);
    const ranges = [shared.outbox.take()];
    expect(shared.outbox.take()).toEqual([]);
    for (let tick = 0; tick < 4; tick++) {
      missing.onTick(true);
      ranges.push(shared.outbox.take());
    }
    expect(ranges).toMatchObject([
      [{ message: { sequence: 5, previous: { index: 0 }, entries: [{ index: 1 }, { index: 2 }], end: false } }],
      [
        {
          message: { sequence: 5, previous: { index: 2, term: 1 }, entries: [{ index: 3 }, { index: 4 }], end: false },
        },
      ],
      [{ message: { sequence: 5, previous: { index: 4, term: 1 }, entries: [{ index: 5 }], end: false } }],
      [],
      [],
    ]);
  });

  test("gives one request no more than a window, whatever it asks for", () => {
    const { shared, missing } = responder({ limits: { missingWindowMax: 3 } });
    missing.onRequest(replica(3), request([0, 0]), true);
    const effects = shared.outbox.take();
    expect(effects).toMatchObject([{ message: { entries: { length: 3 }, end: false } }]);
  });

  test("goes on with nothing that it cut since it was sent", () => {
    const { shared, missing } = responder({ limits: { missingEntriesMax: 2 } });
    shared.log.append(entry(7, 1, 5));
    missing.onRequest(replica(3), request([4, 1], { entriesMax: 5 }), true);
    expect(reply(shared)).toMatchObject({ entries: [{ index: 5 }, { index: 6 }], end: false });
    // Deposed: entries 5 to 7 made way for those of a newer leader, and these are committed.
    shared.log.truncateAfter(index(4));
    for (const n of [5, 6, 7]) shared.log.append(entry(n, 3, n - 2));
    shared.log.commitTo(index(7));
    missing.onTick(false);
    expect(reply(shared)).toMatchObject({ previous: { index: 6, term: 1 }, entries: [], conflict: { backTo: 4 } });
  });

  test("that has just started, and so knows nothing as committed, says that nothing follows", () => {
    const shared = justStarted();
    new MissingEntries(shared).onRequest(replica(3), request([0, 0], { term: term(1) }), false);
    const effects = shared.outbox.take();
    expect(effects).toMatchObject([{ type: "send", message: { previous: { index: 0 }, entries: [], end: true } }]);
  });

  test("ends where a leader that was deposed may not speak for what comes next", () => {
    const { shared, missing } = responder({ limits: { missingEntriesMax: 2 } });
    const { committed } = shared.log;
    missing.onRequest(replica(3), request([committed - 2, 1], { entriesMax: 5 }), true);
    expect(reply(shared)).toMatchObject({ entries: [{ index: committed - 1 }, { index: committed }], end: false });
    missing.onTick(false);
    expect(reply(shared)).toMatchObject({ previous: { index: committed }, entries: [], end: true });
  });

  test("says nothing about a position beyond what it may judge", () => {
    const { shared, missing } = responder();
    missing.onRequest(replica(3), request([5, 7]), false);
    expect(reply(shared)).toMatchObject({ entries: [], end: true, conflict: undefined });
  });

  test("vouches for no entry that it does not hold: what contradicts its log is not committed on its word", () => {
    const { shared, missing } = responder({ term: 3 });
    const asker = sharedOf({ id: 3, term: 3, entries: [...entriesOfTerm(1, 2), entry(4, 2), entry(5, 2, 2)] });
    const follower = new Follower(asker, replica(1), term(3));
    const heartbeat = { type: "propagate", term: term(3), entries: [], commitIndex: index(4), sequence: 1 } as const;
    follower.onPropagate({ ...heartbeat, previous: position(6, 1) });
    const [asked] = sentOf(asker, "missing-request");
    expect(asked?.message.previous).toEqual(position(5, 2));
    missing.onRequest(replica(3), asked?.message ?? request([5, 2]), false);
    const answer = reply(shared);
    expect(answer).toMatchObject({ previous: position(4, 1), entries: [], end: true, commitIndex: 4 });
    follower.onMissingReply(answer as MissingReply);
    expect(asker.log.committed as number).toBe(0);
  });

  test("points back to the end of the requester's term, or before it", () => {
    const { shared, missing } = responder();
    shared.log.append(entry(7, 4));
    shared.log.append(entry(8, 4, 5));
    missing.onRequest(replica(3), request([8, 3]), true);
    expect(reply(shared)?.conflict).toEqual({ backTo: index(6) });
    missing.onRequest(replica(3), request([20, 4]), true);
    expect(reply(shared)?.conflict).toEqual({ backTo: index(8) });
    missing.onRequest(replica(3), request([3, 0]), true);
    expect(reply(shared)?.conflict).toEqual({ backTo: index(0) });
  });
});

describe("entries that are on disk only", () => {
  const onDisk = { limits: { tailEntriesMax: 2 } };

  function longLog(): { shared: Shared; missing: MissingEntries } {
    const { shared, missing } = responder({ ...onDisk, entries: entriesOfTerm(1, 20) });
    shared.log.commitTo(index(21));
    shared.log.append(entry(22, 1, 20));
    return { shared, missing };
  }

  test("are read, and then sent as what they are asked for", () => {
    const { shared, missing } = longLog();
    missing.onRequest(replica(3), request([2, 1], { entriesMax: 3 }), false);
    const [read] = effectsOf(shared, "read-entries");
    expect(read).toMatchObject({ first: 3, entriesMax: 3 });
    expect(missing.onRead(read?.token ?? -1, entriesOfTerm(1, 20).slice(2, 5), false)).toBe(true);
    expect(reply(shared)).toMatchObject({
      previous: { index: 2 },
      entries: [{ index: 3 }, { index: 4 }, { index: 5 }],
    });
  });

  test("are sent only as far as they are committed if leadership was lost meanwhile", () => {
    const { shared, missing } = longLog();
    missing.onRequest(replica(3), request([2, 1]), true);
    const [read] = effectsOf(shared, "read-entries");
    missing.onRead(read?.token ?? -1, [entry(21, 1, 19), entry(22, 1, 20)], false);
    expect(reply(shared)?.entries).toEqual([entry(21, 1, 19)]);
  });

  test("are not vouched for by who lost leadership meanwhile, and knows nothing as committed", () => {
    const shared = justStarted();
    const missing = new MissingEntries(shared);
    shared.term = term(2);
    missing.onRequest(replica(3), request([2, 1], { entriesMax: 3 }), true);
    const [read] = effectsOf(shared, "read-entries");
    shared.term = term(3);
    missing.onRead(read?.token ?? -1, entriesOfTerm(1, 20).slice(2, 5), false);
    expect(reply(shared)).toMatchObject({ previous: position(0, 0), entries: [], end: true });
  });

  test("are read once for each replica: its newer request takes the place of the older", () => {
    const { shared, missing } = longLog();
    missing.onRequest(replica(3), request([2, 1]), false);
    missing.onRequest(replica(3), request([4, 1]), false);
    const reads = effectsOf(shared, "read-entries").map(({ token }) => token);
    expect(reads.map((token) => missing.onRead(token, [], false))).toEqual([false, true]);
  });
});
