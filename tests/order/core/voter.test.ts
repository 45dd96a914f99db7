import { describe, expect, test } from "bun:test";
import type { Shared } from "../../../services/order/core/shared.ts";
import type { VoteRequest } from "../../../services/order/core/types.ts";
import { refusal } from "../../../services/order/core/voter.ts";
import { entriesOfTerm, position, replica, term } from "./names.ts";
import { sharedOf } from "./parts.ts";

function request(more: Partial<VoteRequest> = {}): VoteRequest {
  return { type: "vote-request", term: term(2), last: position(4, 1), preVote: false, consentTerm: term(0), ...more };
}

/** In term 1, with entries 1 to 4 of it. */
function voter(): Shared {
  return sharedOf({ entries: entriesOfTerm(1, 3) });
}

const ask = (shared: Shared, more: Partial<VoteRequest> = {}, leads = false): string | undefined =>
  refusal(shared, replica(2), request(more), leads);

describe("a vote", () => {
  test("is given to a log that is not behind", () => {
    expect(ask(voter())).toBeUndefined();
    expect(ask(voter(), { last: position(9, 1) })).toBeUndefined();
    expect(ask(voter(), { last: position(1, 2), term: term(3) })).toBeUndefined();
  });

  test("is refused to a log that is behind: a lower last term, or the same and a lower index", () => {
    expect(ask(voter(), { last: position(3, 1) })).toBe("behind");
    expect(ask(voter(), { last: position(99, 0) })).toBe("behind");
  });

  test("is refused to a candidate of an older term", () => {
    const shared = voter();
    shared.term = term(3);
    expect(ask(shared)).toBe("term");
  });

  test("is given once in a term, and to the same candidate again", () => {
    const shared = voter();
    shared.term = term(2);
    shared.votedFor = replica(3);
    expect(ask(shared)).toBe("term");
    shared.votedFor = replica(2);
    expect(ask(shared)).toBeUndefined();
    shared.votedFor = undefined;
    expect(ask(shared)).toBeUndefined();
  });

  test("is refused while a live leader was heard within its lease and its stream stands", () => {
    const shared = voter();
    shared.leader = { id: replica(3), heardAtMs: 501, stands: true };
    expect(ask(shared)).toBe("leader-alive");
    shared.now = 1001;
    expect(ask(shared)).toBeUndefined();
    shared.leader = { id: replica(3), heardAtMs: 1000, stands: false };
    expect(ask(shared)).toBeUndefined();
  });

  test("is refused by a leader, unless it consents", () => {
    expect(ask(voter(), {}, true)).toBe("leader-alive");
    expect(ask(voter(), { consentTerm: term(1) }, true)).toBeUndefined();
    expect(ask(voter(), { consentTerm: term(9) }, true)).toBe("leader-alive");
  });

  test("is refused while joining, whatever is asked", () => {
    const shared = voter();
    shared.voter = false;
    expect(ask(shared)).toBe("joining");
    expect(ask(shared, { consentTerm: term(1), preVote: true })).toBe("joining");
  });
});

describe("a pre-vote", () => {
  test("asks about the next term: the voter's own is too old", () => {
    expect(ask(voter(), { preVote: true, term: term(1) })).toBe("term");
    expect(ask(voter(), { preVote: true })).toBeUndefined();
  });

  test("does not mind a vote that was given", () => {
    const shared = voter();
    shared.votedFor = replica(3);
    expect(ask(shared, { preVote: true })).toBeUndefined();
  });
});
