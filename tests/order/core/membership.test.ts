import { describe, expect, test } from "bun:test";
import { Membership } from "../../../services/order/core/membership.ts";
import type { Shared } from "../../../services/order/core/shared.ts";
import type { BackOnlineReply, PeerPosition } from "../../../services/order/core/types.ts";
import { index, position, replica, term } from "./names.ts";
import { effectsOf, sentOf, sharedOf } from "./parts.ts";

interface Starting {
  readonly shared: Shared;
  readonly membership: Membership;
  /** Asks the peers and returns the number of the question. */
  readonly ask: () => number;
  readonly answer: (from: number, request: number, more?: Answer) => void;
}

type Answer = Partial<PeerPosition> & { readonly joinIndex?: number };

function starting(id: number, options: { hasData?: boolean; mayFound?: boolean; voter?: boolean } = {}): Starting {
  const { hasData = false, mayFound = true, voter = hasData } = options;
  const shared = sharedOf({ id, term: hasData ? 1 : 0 });
  shared.voter = voter;
  shared.storeId = hasData ? "store-1" : undefined;
  const membership = new Membership(shared, { mayFound, newStoreId: () => "new-store", hasData });
  const ask = (): number => {
    shared.now += shared.limits.backOnlineMs;
    membership.onTick();
    return sentOf(shared, "back-online")[0]?.message.request ?? -1;
  };
  const answer = (from: number, request: number, { joinIndex, ...more }: Answer = {}): void => {
    const reply: BackOnlineReply = {
      type: "back-online-reply",
      request,
      position: {
        term: term(0),
        last: position(0, 0),
        commitIndex: index(0),
        hasData: false,
        storeId: undefined,
        ...more,
      },
      leader: undefined,
      joinIndex: joinIndex === undefined ? undefined : index(joinIndex),
    };
    membership.onReply(replica(from), reply);
  };
  return { shared, membership, ask, answer };
}

/** The identity that is to be saved, and the event that it is. */
function saved({ shared, membership }: Starting): { storeId: string; voter: boolean } | undefined {
  const [save] = effectsOf(shared, "save-identity");
  if (save === undefined) return undefined;
  membership.onSaved(save.token);
  return { storeId: save.storeId, voter: save.voter };
}

describe("founding", () => {
  test("is done by the lowest id when all others are empty", () => {
    const one = starting(1);
    const request = one.ask();
    one.answer(2, request);
    expect(saved(one)).toBeUndefined();
    one.answer(3, request);
    expect(one.shared.voter).toBe(false);
    expect(saved(one)).toEqual({ storeId: "new-store", voter: true });
    expect(one.shared.voter).toBe(true);
    expect(one.membership.isEstablished).toBe(true);
  });

  test("is left to the lowest id by the others, which then adopt its store", () => {
    const two = starting(2);
    const first = two.ask();
    two.answer(1, first);
    two.answer(3, first);
    expect(saved(two)).toBeUndefined();
    two.answer(1, two.ask(), { storeId: "new-store" });
    expect(saved(two)).toEqual({ storeId: "new-store", voter: true });
  });

  test("is not done by a replica that may have held data", () => {
    const one = starting(1, { mayFound: false });
    const request = one.ask();
    one.answer(2, request);
    one.answer(3, request);
    expect(saved(one)).toBeUndefined();
  });

  test("does not count answers to an earlier run of this replica, nor to questions it never asked", () => {
    const one = starting(1);
    const request = one.ask();
    one.answer(2, request);
    one.answer(3, request - 1);
    one.answer(3, request + 1);
    expect(saved(one)).toBeUndefined();
  });

  test("lets a newer answer take the place of an older one, not the other way round", () => {
    const one = starting(1);
    const first = one.ask();
    const second = one.ask();
    one.answer(2, second, { hasData: true, storeId: undefined });
    one.answer(2, first);
    one.answer(3, second);
    expect(saved(one)).toBeUndefined();
  });
});

describe("a replica without data, when a peer has some", () => {
  function joining(): Starting {
    const wiped = starting(3);
    wiped.answer(1, wiped.ask(), { hasData: true, storeId: "store-1", term: term(4) });
    return wiped;
  }

  test("joins as wiped: it is established, and no voter", () => {
    const wiped = joining();
    expect(saved(wiped)).toEqual({ storeId: "store-1", voter: false });
    expect(wiped.membership).toMatchObject({ isJoining: true, isEstablished: true });
    expect(wiped.shared.voter).toBe(false);
  });

  test("asks for a place among the voters until it has one", () => {
    const wiped = joining();
    saved(wiped);
    wiped.shared.now += 1;
    wiped.membership.onTick();
    expect(sentOf(wiped.shared, "back-online")[0]?.message).toMatchObject({ joining: true });
  });

  test("is a voter once it holds what the confirmed leader held, in that leader's term", () => {
    const wiped = joining();
    saved(wiped);
    wiped.membership.onProgress(term(4), index(99));
    wiped.answer(1, wiped.ask(), { term: term(4), joinIndex: 7 });
    wiped.membership.onProgress(term(4), index(6));
    wiped.membership.onProgress(term(5), index(7));
    expect(saved(wiped)).toBeUndefined();
    wiped.membership.onProgress(term(4), index(7));
    expect(wiped.shared.voter).toBe(false);
    expect(saved(wiped)).toEqual({ storeId: "store-1", voter: true });
    expect(wiped.shared.voter).toBe(true);
    expect(wiped.membership.isJoining).toBe(false);
  });

  test("gets no place from an answer without a confirmation", () => {
    const wiped = joining();
    saved(wiped);
    wiped.answer(1, wiped.ask(), { term: term(4) });
    wiped.membership.onProgress(term(4), index(99));
    expect(saved(wiped)).toBeUndefined();
  });
});

describe("a replica with data", () => {
  test("announces itself until each peer has answered once", () => {
    const member = starting(1, { hasData: true });
    const request = member.ask();
    member.answer(2, request);
    member.shared.now += member.shared.limits.backOnlineMs;
    member.membership.onTick();
    expect(sentOf(member.shared, "back-online").map(({ to }) => to)).toEqual([replica(3)]);
    member.answer(3, request + 1);
    expect(member.ask()).toBe(-1);
    expect(member.shared.voter).toBe(true);
  });

  test("that was joining when it stopped goes on joining", () => {
    const member = starting(2, { hasData: true, voter: false });
    expect(member.membership.isJoining).toBe(true);
    member.answer(1, member.ask(), { term: term(1), joinIndex: 3 });
    member.membership.onProgress(term(1), index(3));
    expect(saved(member)).toEqual({ storeId: "store-1", voter: true });
  });
});

describe("a replica without data that waits", () => {
  test("tells the operator once whom it has not heard", () => {
    const { shared, membership } = starting(1);
    for (shared.now = 0; shared.now < 5000; shared.now += 10) membership.onTick();
    const notices = shared.outbox.take().filter((effect) => effect.type === "notice");
    expect(notices).toMatchObject([{ level: "warn", details: { unheard: [2, 3] } }]);
  });
});
