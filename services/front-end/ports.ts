import type { Invalidation, QueryReply } from "./core/product-events.ts";
import type { Origin, ReplicaId, ReplicaStatus, Reply, SentCall } from "./core/types.ts";

// What the drivers need of the world. Nothing here waits; what comes of a call
// arrives later through a callback.

/** One Calls stream. */
export interface CallsPort {
  send(origin: Origin, calls: readonly SentCall[]): void;
  /** Ends it from this side: no callback follows. */
  close(): void;
}

/** One order replica. */
export interface ReplicaPort {
  /** Rejects when it is not answered in time; `nominee` is announced. */
  ping(nominee: ReplicaId | undefined): Promise<ReplicaStatus>;
  /** `onLost` is called once, when the stream ended otherwise than by `close`. */
  openCalls(onReplies: (replies: readonly Reply[]) => void, onLost: () => void): CallsPort;
}

/** One Queries stream. */
export interface QueriesPort {
  send(items: readonly { readonly id: number; readonly product: string }[]): void;
  /** Ends it from this side: no callback follows. */
  close(): void;
}

/** The catalog, as a server of queries. */
export interface CatalogPort {
  /** As openCalls. */
  openQueries(onReplies: (replies: readonly QueryReply[]) => void, onLost: () => void): QueriesPort;
}

/** One Invalidate stream that the catalog opened. */
export interface InvalidationsPort {
  acknowledge(sequence: number): void;
  /** A newer one has taken its place. */
  end(): void;
}

/** Who takes the catalog's Invalidate streams. */
export interface InvalidationsTaker {
  /** Returns what takes the messages of this stream. */
  open(port: InvalidationsPort): (message: Invalidation) => void;
}

/** The operator. */
export interface OperatorPort {
  notice(level: "info" | "warn", message: string, details: Readonly<Record<string, unknown>>): void;
}
