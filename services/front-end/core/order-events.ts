import type { Notice, Origin, Outcome, ReplicaId, ReplicaStatus, Reply, SentCall, StreamId } from "./types.ts";

/** Everything that can happen to the order side. The driver adds the monotonic time. */
export type OrderEvent =
  /** Time passes; every 10 ms or so. */
  | { readonly type: "tick" }
  | { readonly type: "pong"; readonly replica: ReplicaId; readonly ping: number; readonly status: ReplicaStatus }
  | { readonly type: "ping-failed"; readonly replica: ReplicaId; readonly ping: number }
  /** Replies on a Calls stream; none is a sign of life. */
  | { readonly type: "replies"; readonly stream: StreamId; readonly replies: readonly Reply[] }
  /** The Calls stream ended: what is unanswered on it stays unanswered. */
  | { readonly type: "calls-lost"; readonly stream: StreamId };

/** Everything that the order side asks its driver to do, in the order given. */
export type OrderEffect<Waiter> =
  /** Ask how the replica is, announcing `nominee`; "pong" or "ping-failed" with the same number follows. */
  | {
      readonly type: "ping";
      readonly replica: ReplicaId;
      readonly ping: number;
      readonly nominee: ReplicaId | undefined;
    }
  /** Open a Calls stream; "replies" and "calls-lost" carry its number. */
  | { readonly type: "open-calls"; readonly replica: ReplicaId; readonly stream: StreamId }
  | { readonly type: "close-calls"; readonly stream: StreamId }
  | {
      readonly type: "send-calls";
      readonly stream: StreamId;
      readonly origin: Origin;
      readonly calls: readonly SentCall[];
    }
  | { readonly type: "finish-call"; readonly waiters: readonly Waiter[]; readonly outcome: Outcome }
  | Notice;

/** Where calls go: to the leader itself, or through a replica that can reach it. */
export interface Route {
  readonly leader: ReplicaId;
  readonly term: number;
  readonly via: ReplicaId;
}
