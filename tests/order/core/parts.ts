import { seededRandom } from "../../../services/lib/random.ts";
import { Leadership } from "../../../services/order/core/leadership.ts";
import { defaultLimits, type Limits } from "../../../services/order/core/limits.ts";
import { Log } from "../../../services/order/core/log.ts";
import { Shared } from "../../../services/order/core/shared.ts";
import type {
  CallerId,
  Effect,
  Entry,
  PeerMessage,
  PropagateReply,
  ReplicaId,
  Reply,
} from "../../../services/order/core/types.ts";
import { index, replica, term } from "./names.ts";

// The surroundings of one part of a replica, without the replica.

export interface Surroundings {
  readonly id?: number;
  readonly term?: number;
  readonly entries?: readonly Entry[];
  readonly limits?: Partial<Limits>;
}

/** Replica `id` of three, a voter of "store-1", at time 1000. What is in its log is durable. */
export function sharedOf({ id = 1, term: own = 1, entries = [], limits = {} }: Surroundings = {}): Shared {
  const all = { ...defaultLimits, ...limits };
  const log = new Log(undefined, all, seededRandom(7));
  for (const entry of entries) log.append(entry);
  log.markDurable(log.last);
  const peers = [1, 2, 3].filter((peer) => peer !== id).map(replica);
  const shared = new Shared(replica(id), peers, all, seededRandom(7), log);
  shared.now = 1000;
  shared.term = term(own);
  shared.voter = true;
  shared.storeId = "store-1";
  return shared;
}

/** What the part asked for since the last time, by type. */
export function effectsOf<Type extends Effect["type"]>(shared: Shared, type: Type): Extract<Effect, { type: Type }>[] {
  return shared.outbox.take().filter((effect) => effect.type === type) as Extract<Effect, { type: Type }>[];
}

/** Messages of one type that were sent since the last time, with their receivers. */
export function sentOf<Type extends PeerMessage["type"]>(
  shared: Shared,
  type: Type,
): { to: ReplicaId; message: Extract<PeerMessage, { type: Type }> }[] {
  return effectsOf(shared, "send").flatMap(({ to, message }) =>
    message.type === type ? [{ to, message: message as Extract<PeerMessage, { type: Type }> }] : [],
  );
}

/** Answers to callers since the last time. */
export function repliesOf(shared: Shared): Reply[] {
  return effectsOf(shared, "reply").flatMap(({ replies }) => replies);
}

export const caller = 1 as CallerId;

export function propagateReply(durable: number, more: Partial<PropagateReply> = {}): PropagateReply {
  return {
    type: "propagate-reply",
    term: term(1),
    sequence: 1,
    durableIndex: index(durable),
    gap: false,
    voter: true,
    catalogReachable: true,
    ...more,
  };
}

/** Makes everything in a leader's log durable on it and on replica 2, and commits it. */
export function commitAll(shared: Shared, leadership: Leadership): void {
  shared.log.markDurable(shared.log.last);
  leadership.onReply(replica(2), propagateReply(shared.log.last.index, { term: shared.term }));
  leadership.advanceCommit();
}

/** A leadership whose term is open. */
export function openLeadership(shared: Shared): Leadership {
  const leadership = new Leadership(shared);
  commitAll(shared, leadership);
  shared.outbox.take();
  return leadership;
}
