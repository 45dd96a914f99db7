import { describe, expect, test } from "bun:test";
import { Leader } from "../../../services/order/core/leader.ts";
import type { Shared } from "../../../services/order/core/shared.ts";
import { replica, term } from "./names.ts";
import { caller, effectsOf, propagateReply, sentOf, sharedOf } from "./parts.ts";

/** A leader of term 2 that serves, with replica 2 up to date. */
function serving(): { shared: Shared; leader: Leader } {
  const shared = sharedOf({ term: 2 });
  const leader = new Leader(shared);
  shared.log.markDurable(shared.log.last);
  leader.leadership.onReply(replica(2), propagateReply(1, { term: term(2) }));
  leader.commit();
  const [open] = effectsOf(shared, "open-catalog");
  leader.session.onOpened({ type: "catalog-opened", session: open?.session ?? -1, settledBelow: 0 });
  shared.outbox.take();
  return { shared, leader };
}

describe("a leader", () => {
  test("opens its catalog session when its term is open, and serves when that is ready", () => {
    const shared = sharedOf({ term: 2 });
    const leader = new Leader(shared);
    leader.onTick();
    expect(effectsOf(shared, "open-catalog")).toEqual([]);
    shared.log.markDurable(shared.log.last);
    leader.leadership.onReply(replica(3), propagateReply(1, { term: term(2) }));
    expect(leader.commit()).toBe(true);
    expect(leader.commit()).toBe(false);
    expect(effectsOf(shared, "open-catalog")).toHaveLength(1);
    expect(leader.isServing).toBe(false);
    expect(serving().leader.isServing).toBe(true);
  });

  test("has lost its majority when it heard nobody for its lease", () => {
    const { shared, leader } = serving();
    shared.now += shared.limits.leaseMs - 1;
    expect(leader.hasLostMajority).toBe(false);
    shared.now += 1;
    expect(leader.hasLostMajority).toBe(true);
  });
});

describe("a hand-over", () => {
  test("closes the session, so that the log is at rest, and nominates with consent", () => {
    const { shared, leader } = serving();
    leader.startHandOver("stopping");
    const effects = shared.outbox.take();
    expect(effects.map(({ type }) => type)).toEqual(["notice", "close-catalog", "send"]);
    expect(effects[2]).toMatchObject({ to: 2, message: { type: "nominate", consentTerm: 2 } });
    expect(leader.isServing).toBe(false);
  });

  test("waits for a successor that has the whole log", () => {
    const { shared, leader } = serving();
    leader.leadership.append({ product: "Tux", quantity: 1, key: "c:0" });
    leader.startHandOver("stopping");
    expect(sentOf(shared, "nominate")).toEqual([]);
    expect(leader.isServing).toBe(true);
    leader.leadership.onReply(replica(2), propagateReply(2, { term: term(2) }));
    leader.pursueHandOver();
    expect(sentOf(shared, "nominate")).toHaveLength(1);
  });

  test("reserves nothing more while it waits", () => {
    const { shared, leader } = serving();
    leader.leadership.append({ product: "Tux", quantity: 1, key: "c:0" });
    leader.startHandOver("stopping");
    const call = {
      type: "buy",
      id: 1,
      key: "c:1",
      product: "Tux",
      quantity: 1,
      budgetMs: 1000,
      forwarded: false,
    } as const;
    leader.purchases.add(caller, call, shared.now + 1000);
    leader.flush();
    expect(effectsOf(shared, "catalog-work")).toEqual([]);
  });

  test("nominates again while nothing comes of it, and ends after its time", () => {
    const { shared, leader } = serving();
    leader.startHandOver("stopping");
    shared.outbox.take();
    leader.pursueHandOver();
    expect(sentOf(shared, "nominate")).toEqual([]);
    shared.now += shared.limits.voteRoundMs;
    leader.pursueHandOver();
    expect(sentOf(shared, "nominate")).toHaveLength(1);
    shared.now += shared.limits.handOverMs;
    leader.onTick();
    leader.onTick();
    expect(effectsOf(shared, "open-catalog")).toHaveLength(1);
  });

  test("for the catalog's sake goes to a replica that reaches it, or does not happen", () => {
    const { shared, leader } = serving();
    shared.catalogReachable = false;
    leader.session.onClosed(shared.catalogSessions);
    shared.outbox.take();
    shared.now += shared.limits.catalogPatienceMs;
    leader.leadership.onReply(replica(2), propagateReply(1, { term: term(2), sequence: 2, catalogReachable: false }));
    leader.onTick();
    expect(sentOf(shared, "nominate")).toEqual([]);
    leader.leadership.onReply(replica(2), propagateReply(1, { term: term(2), sequence: 3, catalogReachable: true }));
    leader.onTick();
    expect(sentOf(shared, "nominate")).toMatchObject([{ to: 2 }]);
  });
});
