import { describe, expect, test } from "bun:test";
import { Desk } from "../../../services/order/core/desk.ts";
import { Leader } from "../../../services/order/core/leader.ts";
import type { Shared } from "../../../services/order/core/shared.ts";
import type { Call } from "../../../services/order/core/types.ts";
import { entriesOfTerm, index, replica } from "./names.ts";
import { caller, commitAll, effectsOf, repliesOf, type Surroundings, sharedOf } from "./parts.ts";

const buyOf = (key: string, more: object = {}): Call => ({
  type: "buy",
  id: 1,
  key,
  product: "Tux",
  quantity: 1,
  budgetMs: 1000,
  forwarded: false,
  ...more,
});

/** Three orders, the first two committed. */
function desk(more: Surroundings = {}): { shared: Shared; desk: Desk } {
  const shared = sharedOf({ term: 2, entries: entriesOfTerm(1, 3), ...more });
  shared.log.commitTo(index(3));
  return { shared, desk: new Desk(shared) };
}

const codes = (shared: Shared): string[] => repliesOf(shared).map(({ code }) => code);

describe("a replica that does not lead", () => {
  test("answers what it holds as committed, by itself", () => {
    const { shared, desk: one } = desk();
    one.onCall(caller, buyOf("c:0"), undefined);
    one.onCall(caller, buyOf("c:0", { quantity: 2 }), undefined);
    one.onCall(caller, { type: "check-number", id: 1, number: 1, forwarded: false }, undefined);
    expect(codes(shared)).toEqual(["ok", "key-reused", "ok"]);
  });

  test("passes the rest on to a live leader, but not what was passed on already", () => {
    const { shared, desk: one } = desk();
    shared.leader = { id: replica(2), heardAtMs: shared.now, stands: true };
    one.onCall(caller, buyOf("c:2"), undefined);
    one.onCall(caller, buyOf("c:9", { forwarded: true }), undefined);
    one.forwarding.flush();
    const effects = shared.outbox.take();
    expect(effects).toMatchObject([
      { type: "forward", to: 2, calls: [{ key: "c:2" }] },
      { type: "reply", replies: [{ code: "not-leader" }] },
    ]);
  });

  test("does not pass anything on to a leader that was not heard for its lease", () => {
    const { shared, desk: one } = desk();
    shared.leader = { id: replica(2), heardAtMs: shared.now - 500, stands: true };
    one.onCall(caller, buyOf("c:9"), undefined);
    expect(codes(shared)).toEqual(["not-leader"]);
  });
});

describe("a leader whose term is not open", () => {
  function opening(more: Surroundings = {}): { shared: Shared; desk: Desk; leader: Leader } {
    const { shared, desk: one } = desk(more);
    return { shared, desk: one, leader: new Leader(shared) };
  }

  test("lets purchases wait: keys in its log are not decided yet", () => {
    const { shared, desk: one, leader } = opening();
    one.onCall(caller, buyOf("c:2"), leader);
    one.onCall(caller, buyOf("c:9"), leader);
    expect(codes(shared)).toEqual([]);
    commitAll(shared, leader.leadership);
    one.onTermOpened(leader);
    expect(codes(shared)).toEqual(["ok"]);
    expect(leader.purchases.isUnderWay("c:9")).toBe(true);
  });

  test("gives up at the deadline, and does not deny a key that is in its log", () => {
    const { shared, desk: one, leader } = opening();
    one.onCall(caller, buyOf("c:2", { budgetMs: 200 }), leader);
    one.onCall(caller, buyOf("c:9", { budgetMs: 200 }), leader);
    one.onCall(caller, buyOf("c:8"), leader);
    shared.now += 200;
    one.onTick();
    expect(codes(shared)).toEqual(["unknown-outcome", "not-executed"]);
    commitAll(shared, leader.leadership);
    one.onTermOpened(leader);
    expect(leader.purchases.size).toBe(1);
  });

  test("hands purchases back when it is deposed, and refuses more than it may keep", () => {
    const { shared, desk: one, leader } = opening({ limits: { purchasesMax: 1 } });
    one.onCall(caller, buyOf("c:8"), leader);
    one.onCall(caller, buyOf("c:9"), leader);
    one.onLeadershipLost();
    expect(codes(shared)).toEqual(["not-executed", "not-leader"]);
  });
});

test("a quantity below one is refused without asking the catalog", () => {
  const { shared, desk: one } = desk();
  const leader = new Leader(shared);
  commitAll(shared, leader.leadership);
  shared.outbox.take();
  one.onCall(caller, buyOf("c:9", { quantity: 0 }), leader);
  expect(codes(shared)).toEqual(["invalid-quantity"]);
  expect(leader.purchases.size).toBe(0);
  expect(effectsOf(shared, "catalog-work")).toEqual([]);
});
