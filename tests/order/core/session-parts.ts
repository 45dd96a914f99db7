import type { Leadership } from "../../../services/order/core/leadership.ts";
import { Purchases } from "../../../services/order/core/purchases.ts";
import { Session } from "../../../services/order/core/session.ts";
import type { Shared } from "../../../services/order/core/shared.ts";
import type { CatalogWork, Reserve } from "../../../services/order/core/types.ts";
import { entriesOfTerm, replica } from "./names.ts";
import { caller, effectsOf, openLeadership, propagateReply, type Surroundings, sharedOf } from "./parts.ts";

/** A leader's session and what it works on, without the leader. */
export interface Counter {
  readonly shared: Shared;
  readonly leadership: Leadership;
  readonly purchases: Purchases;
  readonly session: Session;
}

/** Term 2 over five orders of term 1, all committed; session 1 is asked for. */
export function counter(more: Surroundings = {}): Counter {
  const shared = sharedOf({ term: 2, entries: entriesOfTerm(1, 5), ...more });
  const leadership = openLeadership(shared);
  const purchases = new Purchases(shared, leadership);
  const session = new Session(shared, leadership, purchases);
  session.onTick();
  return { shared, leadership, purchases, session };
}

/** The catalog opens the session, by default the newest. */
export function open({ session, shared }: Counter, settledBelow: number, number = shared.catalogSessions): void {
  session.onOpened({ type: "catalog-opened", session: number, settledBelow });
}

/** The session ends, and the next one is asked for. */
export function reopen({ session, shared }: Counter): void {
  session.onClosed(shared.catalogSessions);
  shared.now += shared.limits.catalogRetryMs;
  session.onTick();
  shared.outbox.take();
}

export function buy({ purchases, shared }: Counter, ...keys: string[]): void {
  for (const key of keys) {
    const call = { type: "buy", id: 1, key, product: "Tux", quantity: 1, budgetMs: 1000, forwarded: false } as const;
    purchases.add(caller, call, shared.now + 1000);
  }
}

/** What the session sends to the catalog, by what has happened since the last time. */
export function worksOf(shared: Shared): CatalogWork[] {
  return effectsOf(shared, "catalog-work").map(({ work }) => work);
}

/** The Reserves that an open session sends next. */
export function nextReserves({ session, shared }: Counter): Reserve[] {
  session.flush();
  return worksOf(shared).flatMap(({ reserves }) => reserves);
}

/** Buys, and the catalog of the open session says yes: they are in the log, and not committed. */
export function append(one: Counter, ...keys: string[]): void {
  buy(one, ...keys);
  for (let reserves = nextReserves(one); reserves.length > 0; reserves = nextReserves(one)) {
    const replies = reserves.map(({ ticket }) => ({ ticket, code: 1 as const }));
    one.session.onReplies(one.shared.catalogSessions, replies);
  }
}

/** Commits the log up to this index, as a leader does. */
export function commit({ shared, leadership, purchases, session }: Counter, to: number = shared.log.last.index): void {
  shared.log.markDurable(shared.log.last);
  leadership.onReply(replica(2), propagateReply(to, { term: shared.term }));
  for (const order of leadership.advanceCommit()) {
    purchases.onCommitted(order);
    session.onCommitted(order);
  }
}
