import { describe, expect, test } from "bun:test";
import { Campaign } from "../../../services/order/core/campaign.ts";
import type { Shared } from "../../../services/order/core/shared.ts";
import type { VoteReply, VoteRequest } from "../../../services/order/core/types.ts";
import { entriesOfTerm, replica, term } from "./names.ts";
import { effectsOf, sharedOf } from "./parts.ts";

function reply(inTerm: number, preVote: boolean, more: Partial<VoteReply> = {}): VoteReply {
  return { type: "vote-reply", term: term(1), refusal: undefined, requestTerm: term(inTerm), preVote, ...more };
}

/** What was asked of the others, after the vote that it rests on was saved. */
function asked(shared: Shared): VoteRequest[] {
  const requests: VoteRequest[] = [];
  const effects = shared.outbox.take();
  for (const effect of effects) if (effect.type === "save-vote") shared.outbox.onVoteSaved(effect.token);
  for (const effect of [...effects, ...shared.outbox.take()]) {
    if (effect.type === "send" && effect.message.type === "vote-request") requests.push(effect.message);
  }
  return requests;
}

function campaign(consent = 0): { shared: Shared; campaign: Campaign } {
  const shared = sharedOf({ entries: entriesOfTerm(1, 2) });
  return { shared, campaign: new Campaign(shared, term(consent)) };
}

describe("a nomination", () => {
  test("begins with a pre-vote, which changes no term", () => {
    const { shared } = campaign();
    expect(asked(shared)).toMatchObject([
      { preVote: true, term: term(2), last: { index: 3, term: 1 } },
      { preVote: true, term: term(2) },
    ]);
    expect(shared.term).toBe(term(1));
    expect(shared.votedFor).toBeUndefined();
  });

  test("goes on to a vote in a new term, for itself first", () => {
    const { shared, campaign: one } = campaign();
    expect(one.onReply(replica(2), reply(2, true))).toBe("undecided");
    expect(shared).toMatchObject({ term: term(2), votedFor: replica(1) });
    expect(asked(shared).filter(({ preVote }) => !preVote)).toHaveLength(2);
    expect(one.onReply(replica(3), reply(2, false))).toBe("won");
  });

  test("with a leader's consent skips the pre-vote", () => {
    const { shared } = campaign(1);
    expect(asked(shared)).toMatchObject([{ preVote: false, term: term(2), consentTerm: term(1) }, { preVote: false }]);
  });

  test("asks anew soon after a refusal that may pass, and waits longer for the others with each round", () => {
    const { shared, campaign: one } = campaign();
    asked(shared);
    const pauses: number[] = [];
    for (let round = 0; round < 3; round++) {
      const refusedAtMs = shared.now;
      one.onReply(replica(2), { ...reply(shared.term + 1, true), refusal: "leader-alive" });
      while (asked(shared).length === 0) {
        shared.now += 1;
        one.onTick();
      }
      pauses.push(shared.now - refusedAtMs);
    }
    const { voteRefusedMs, voteRetryLowMs, voteRetryHighMs } = shared.limits;
    for (const [round, pauseMs] of pauses.entries()) {
      expect(pauseMs).toBeGreaterThanOrEqual(voteRefusedMs * 2 ** round + voteRetryLowMs);
      expect(pauseMs).toBeLessThanOrEqual(voteRefusedMs * 2 ** round + voteRetryHighMs + 2);
    }
  });

  test("tells the operator when it ends without a majority", () => {
    const { shared, campaign: one } = campaign();
    shared.outbox.take();
    shared.now += shared.limits.nominationMs;
    expect(one.onTick()).toBe("given-up");
    expect(shared.outbox.take()).toMatchObject([{ type: "notice", level: "warn" }]);
  });

  test("does not count a late pre-vote as a vote, nor an answer of another term", () => {
    const { shared, campaign: one } = campaign();
    one.onReply(replica(2), reply(2, true));
    expect(one.onReply(replica(3), reply(2, true))).toBe("undecided");
    expect(one.onReply(replica(3), reply(1, false))).toBe("undecided");
    expect(one.onReply(replica(3), reply(3, false))).toBe("undecided");
    expect(shared.term).toBe(term(2));
  });

  test("does not win with votes of a term that it has left", () => {
    const { shared, campaign: one } = campaign();
    one.onReply(replica(2), reply(2, true));
    shared.enterTerm(term(5));
    expect(one.onReply(replica(3), reply(2, false))).toBe("undecided");
  });

  test("is repeated after a random pause when a round brings no majority", () => {
    const { shared, campaign: one } = campaign();
    asked(shared);
    shared.now += shared.limits.voteRoundMs;
    expect(one.onTick()).toBe("undecided");
    expect(asked(shared)).toEqual([]);
    shared.now += shared.limits.voteRetryLowMs - 1;
    one.onTick();
    expect(asked(shared)).toEqual([]);
    shared.now += shared.limits.voteRetryHighMs;
    one.onTick();
    expect(asked(shared)).toMatchObject([{ preVote: true }, { preVote: true }]);
  });

  test("ends after its time", () => {
    const { shared, campaign: one } = campaign();
    shared.now += shared.limits.nominationMs;
    expect(one.onTick()).toBe("given-up");
  });

  test("is passed on to a replica whose log is not behind", () => {
    const { shared, campaign: one } = campaign();
    shared.outbox.take();
    expect(one.onReply(replica(3), reply(2, true, { refusal: "behind" }))).toBe("given-up");
    expect(effectsOf(shared, "send")).toEqual([
      { type: "send", to: replica(3), message: { type: "nominate", consentTerm: term(0) } },
    ]);
  });

  test("survives other refusals", () => {
    const { campaign: one } = campaign();
    for (const refused of ["leader-alive", "term", "joining"] as const) {
      expect(one.onReply(replica(3), reply(2, true, { refusal: refused }))).toBe("undecided");
    }
    expect(one.onReply(replica(2), reply(2, true))).toBe("undecided");
    expect(one.onReply(replica(2), reply(2, false))).toBe("won");
  });
});
