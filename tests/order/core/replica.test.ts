import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../../services/lib/random.ts";
import { defaultLimits } from "../../../services/order/core/limits.ts";
import { createReplica } from "../../../services/order/core/replica.ts";
import type { Core, Effect, PeerMessage, Recovered } from "../../../services/order/core/types.ts";
import { entriesOfTerm, entry, index, position, replica, term } from "./names.ts";

const recovered: Recovered = {
  storeId: "store-1",
  term: term(3),
  votedFor: replica(2),
  voter: true,
  last: position(3, 1),
  orders: 2,
  termStarts: [position(1, 1)],
  tail: entriesOfTerm(1, 2),
  keys: () => undefined,
};

function replicaOf(disk: { readonly found: Recovered | undefined } = { found: recovered }): Core {
  return createReplica({
    id: replica(1),
    peers: [replica(2), replica(3)],
    recovered: disk.found,
    mayFound: true,
    newStoreId: () => "store-1",
    random: seededRandom(1),
    limits: defaultLimits,
  });
}

/** Takes a message of replica 2 and saves what has to be saved; returns what is sent. */
function hear(core: Core, message: PeerMessage): PeerMessage[] {
  core.step(1000, { type: "peer", from: replica(2), message });
  const effects: Effect[] = core.drain(1000);
  for (const effect of effects)
    if (effect.type === "save-vote") core.step(1000, { type: "vote-saved", token: effect.token });
  return [...effects, ...core.drain(1000)].flatMap((effect) => (effect.type === "send" ? [effect.message] : []));
}

const heartbeat = (inTerm: number, sequence = 1): PeerMessage => ({
  type: "propagate",
  term: term(inTerm),
  previous: position(3, 1),
  entries: [],
  commitIndex: index(0),
  sequence,
});

test("a leader is alive by what it says, not by what it said before and comes late, or twice", () => {
  const core = replicaOf();
  const { leaseMs } = defaultLimits;
  const hearAt = (ms: number, sequence: number): void => {
    core.step(ms, { type: "peer", from: replica(2), message: heartbeat(4, sequence) });
  };
  hearAt(0, 6);
  hearAt(300, 7);
  for (const ms of [400, 500, 600, 700]) {
    hearAt(ms, 6);
    hearAt(ms, 7);
  }
  expect(core.status(299 + leaseMs).leader).toBe(replica(2));
  expect(core.status(300 + leaseMs).leader).toBeUndefined();
  hearAt(310 + leaseMs, 7);
  expect(core.status(310 + leaseMs).leader).toBeUndefined();
  hearAt(320 + leaseMs, 8);
  expect(core.status(320 + leaseMs).leader).toBe(replica(2));
});

test("an old leader is told of the newer term, not that a message of its was heard: in that term it may lead again", () => {
  const core = replicaOf();
  hear(core, heartbeat(4, 6));
  expect(hear(core, heartbeat(3, 900))).toMatchObject([{ type: "propagate-reply", term: 4, sequence: 0 }]);
});

test("a message of a dead leader that comes late does not end a campaign", () => {
  const core = replicaOf();
  hear(core, heartbeat(4, 6));
  const afterLeaseMs = 1001 + defaultLimits.leaseMs;
  core.step(afterLeaseMs, { type: "nominate", nominee: replica(1) });
  core.drain(afterLeaseMs);
  hear(core, heartbeat(4, 6));
  const granted = {
    type: "vote-reply",
    term: term(4),
    requestTerm: term(5),
    preVote: true,
    refusal: undefined,
  } as const;
  core.step(afterLeaseMs, { type: "peer", from: replica(3), message: granted });
  expect(core.status(afterLeaseMs).term).toBe(term(5));
});

describe("a replica that starts", () => {
  test("is in the term that its disk has, knows nothing as committed and follows nobody", () => {
    expect(replicaOf().status(1000)).toEqual({
      id: replica(1),
      term: term(3),
      last: position(3, 1),
      commitIndex: index(0),
      leader: undefined,
      eligible: true,
      storeId: "store-1",
      serving: false,
    });
  });

  test("without files promises nothing: it answers no message but BackOnline", () => {
    const core = replicaOf({ found: undefined });
    expect(core.status(1000)).toMatchObject({ eligible: false, storeId: undefined });
    expect(hear(core, heartbeat(9))).toEqual([]);
    const vote: PeerMessage = {
      type: "vote-request",
      term: term(9),
      last: position(99, 8),
      preVote: false,
      consentTerm: term(0),
    };
    expect(hear(core, vote)).toEqual([]);
    expect(core.status(1000).term).toBe(term(0));
  });

  test("keeps the vote that it gave before it stopped", () => {
    const request: PeerMessage = {
      type: "vote-request",
      term: term(3),
      last: position(9, 2),
      preVote: false,
      consentTerm: term(0),
    };
    const core = replicaOf({ found: { ...recovered, votedFor: replica(3) } });
    expect(hear(core, request)).toMatchObject([{ type: "vote-reply", refusal: "term" }]);
  });
});

describe("a message of an older term", () => {
  test("is answered with the newer one, and changes nothing", () => {
    const core = replicaOf();
    expect(hear(core, heartbeat(2))).toMatchObject([{ type: "propagate-reply", term: 3, durableIndex: 0 }]);
    expect(core.status(1000).leader).toBeUndefined();
  });

  test("that brings missing entries is not taken for the answer of the same number in this term", () => {
    const core = replicaOf();
    const beyond = { previous: position(9, 3) };
    hear(core, { ...heartbeat(4), ...beyond });
    const asked = hear(core, { ...heartbeat(5), ...beyond }).filter(({ type }) => type === "missing-request");
    expect(asked).toMatchObject([{ term: 5, sequence: 1 }]);
    const brings = (inTerm: number): PeerMessage => ({
      type: "missing-reply",
      term: term(inTerm),
      sequence: 1,
      previous: position(3, 1),
      entries: [entry(4, 3)],
      commitIndex: index(0),
      end: false,
      conflict: undefined,
    });
    hear(core, brings(4));
    expect(core.status(1000).last).toEqual(position(3, 1));
    hear(core, brings(5));
    expect(core.status(1000).last).toEqual(position(4, 3));
  });
});

describe("a message of a newer term", () => {
  test("is answered only when that term is synced", () => {
    const core = replicaOf();
    core.step(1000, { type: "peer", from: replica(2), message: heartbeat(7) });
    const effects = core.drain(1000);
    expect(effects.map(({ type }) => type)).toContain("save-vote");
    expect(effects.map(({ type }) => type)).not.toContain("send");
    const save = effects.find((effect) => effect.type === "save-vote");
    core.step(1001, { type: "vote-saved", token: save?.type === "save-vote" ? save.token : -1 });
    expect(core.drain(1001)).toMatchObject([{ type: "send", message: { type: "propagate-reply", term: 7 } }]);
    expect(core.status(1001)).toMatchObject({ term: 7, leader: 2 });
  });
});

describe("a candidate", () => {
  const ofThree = (inTerm: number, preVote = false): PeerMessage => ({
    type: "vote-request",
    term: term(inTerm),
    last: position(3, 1),
    preVote,
    consentTerm: term(0),
  });

  test("that a live leader's follower refuses does not raise its term", () => {
    const core = replicaOf();
    hear(core, heartbeat(3));
    expect(hear(core, ofThree(8))).toMatchObject([{ type: "vote-reply", refusal: "leader-alive" }]);
    expect(core.status(1000)).toMatchObject({ term: 3, leader: 2 });
  });

  test("is refused again once a leader whose stream had closed has spoken anew", () => {
    const core = replicaOf();
    hear(core, heartbeat(3));
    core.step(1000, { type: "propagate-closed", leader: replica(2) });
    hear(core, heartbeat(3, 2));
    expect(core.status(1000).leader).toBe(replica(2));
    expect(hear(core, ofThree(8))).toMatchObject([{ type: "vote-reply", refusal: "leader-alive" }]);
  });

  test("that gave its vote to another stands back", () => {
    const core = replicaOf();
    core.step(1000, { type: "nominate", nominee: replica(1) });
    expect(core.drain(1000).filter(({ type }) => type === "send")).toHaveLength(2);
    expect(hear(core, ofThree(4))).toMatchObject([{ type: "vote-reply", refusal: undefined }]);
    for (let nowMs = 1010; nowMs < 1500; nowMs += 10) {
      core.step(nowMs, { type: "tick" });
      const asked = core
        .drain(nowMs)
        .filter((effect) => effect.type === "send" && effect.message.type === "vote-request");
      expect(asked).toEqual([]);
    }
  });

  test("with a newer term leaves nobody leading, also for a follower that heard the old leader a moment ago", () => {
    const core = replicaOf();
    hear(core, heartbeat(3));
    hear(core, { type: "missing-request", term: term(5), previous: position(0, 0), entriesMax: 1, sequence: 1 });
    expect(core.status(1000)).toMatchObject({ term: 5, leader: undefined });
  });
});

describe("a followed leader", () => {
  test("is believed in for its lease, by time read at each use", () => {
    const core = replicaOf();
    hear(core, heartbeat(3));
    expect(core.status(1499).leader).toBe(replica(2));
    expect(core.status(1500).leader).toBeUndefined();
  });

  test("is not waited for when its stream has closed", () => {
    const core = replicaOf();
    hear(core, heartbeat(3));
    core.step(1010, { type: "propagate-closed", leader: replica(3) });
    expect(core.status(1010).leader).toBe(replica(2));
    core.step(1010, { type: "propagate-closed", leader: replica(2) });
    expect(core.status(1010).leader).toBeUndefined();
  });

  test("of a term that this candidate has left gets no acknowledgement any more", () => {
    const core = replicaOf();
    const appended = { ...heartbeat(3), entries: [{ ...entriesOfTerm(3, 0)[0], index: index(4) }] } as PeerMessage;
    core.step(1000, { type: "peer", from: replica(2), message: appended });
    core.drain(1000);
    core.step(1600, { type: "nominate", nominee: replica(1) });
    core.drain(1600);
    const grant: PeerMessage = {
      type: "vote-reply",
      term: term(3),
      refusal: undefined,
      requestTerm: term(4),
      preVote: true,
    };
    core.step(1600, { type: "peer", from: replica(3), message: grant });
    expect(core.status(1600).term).toBe(term(4));
    core.step(1600, { type: "log-durable", last: position(4, 3) });
    const effects = core.drain(1600);
    const save = effects.find((effect) => effect.type === "save-vote");
    core.step(1600, { type: "vote-saved", token: save?.type === "save-vote" ? save.token : -1 });
    const sent = [...effects, ...core.drain(1600)].filter((effect) => effect.type === "send");
    expect(sent.map(({ message }) => message.type)).toEqual(["vote-request", "vote-request"]);
  });
});
