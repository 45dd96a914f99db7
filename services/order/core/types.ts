import type { Brand } from "../../lib/brand.ts";
import type {
  Entry,
  FoundOrder,
  Key,
  LogIndex,
  LogPosition,
  Order,
  OrderNumber,
  ReplicaId,
  Term,
} from "./log-types.ts";
import type { PeerMessage } from "./peer-messages.ts";

export * from "./log-types.ts";
export type * from "./peer-messages.ts";

// ---------------------------------------------------------------- calls

/** A connection that calls came on; replies go back to it. Chosen by the driver. */
export type CallerId = Brand<number, "CallerId">;

/** Which attempt of which front-end a purchase is, and for which leader; see order.proto. */
export interface Origin {
  readonly frontEnd: number;
  readonly attempt: number;
  readonly term: number;
}

/** A purchase or look-up that a front-end, or another replica for one, asks for. */
export type Call =
  | {
      readonly type: "buy";
      readonly id: number;
      readonly key: Key;
      readonly product: string;
      /** Any integer. */
      readonly quantity: number;
      /** What is left of the caller's deadline when the call arrives. */
      readonly budgetMs: number;
      readonly forwarded: boolean;
      readonly origin?: Origin | undefined;
    }
  | { readonly type: "check-number"; readonly id: number; readonly number: number; readonly forwarded: boolean }
  | { readonly type: "check-key"; readonly id: number; readonly key: Key; readonly forwarded: boolean };

/** Meaning of each: `Code` in order.proto. */
export type ReplyCode =
  | "ok"
  | "out-of-stock"
  | "unknown-product"
  | "invalid-quantity"
  | "key-reused"
  | "not-leader"
  | "not-executed"
  | "unknown-outcome"
  | "not-found"
  | "invalid";

/** The one answer to a call. `order` is present exactly when code is "ok". */
export interface Reply {
  readonly id: number;
  readonly call: "buy" | "check";
  readonly code: ReplyCode;
  readonly order: FoundOrder | undefined;
  /** To a look-up: committed orders with consecutive numbers, the order among them. */
  readonly group?: readonly FoundOrder[] | undefined;
}

// ---------------------------------------------------------------- catalog session

/** 1 reserved, -1 out of stock, -2 quantity not above zero, -3 unknown product. */
export type ReserveCode = 1 | -1 | -2 | -3;

export interface Reserve {
  /** Unique within the session; the answer echoes it. */
  readonly ticket: number;
  readonly key: Key;
  readonly product: string;
  readonly quantity: number;
}

/** One message to the catalog, applied in the order settles, returns, reserves, replayed. */
export interface CatalogWork {
  readonly settles: readonly Order[];
  readonly returns: readonly Key[];
  readonly reserves: readonly Reserve[];
  /** The catalog has been told all that the log holds. */
  readonly replayed?: true;
}

// ---------------------------------------------------------------- storage

/** What the disk held at start. Present means: log, vote and identity exist together, undamaged. */
export interface Recovered {
  readonly storeId: string;
  /** At least the term of the last entry. */
  readonly term: Term;
  readonly votedFor: ReplicaId | undefined;
  /** False: it was wiped or damaged, and has not caught up since. */
  readonly voter: boolean;
  /** The last entry; index 0 and term 0 for an empty log. */
  readonly last: LogPosition;
  /** How many orders the log holds: the next order number. */
  readonly orders: number;
  /** First index of each term in the log, ascending: tells the term of every index. */
  readonly termStarts: readonly LogPosition[];
  /** The last entries (all, if fewer than the limit), ascending and consecutive. */
  readonly tail: readonly Entry[];
  /** Gives the keys of the last million orders before `tail`, in ascending order of their numbers. */
  readonly keys: (take: TakeKey) => void;
}

/** A key, in ASCII: bytes[start, end), as long as the call lasts. A million strings would be made to be thrown away. */
export type TakeKey = (bytes: Uint8Array, start: number, end: number, number: OrderNumber) => void;

// ---------------------------------------------------------------- events

/** Everything that can happen to a replica. The driver adds the monotonic time. */
export type Event =
  /** Time passes; at least every `tickMs`. */
  | { readonly type: "tick" }
  | { readonly type: "peer"; readonly from: ReplicaId; readonly message: PeerMessage }
  /** The Propagate stream from `leader` ended. */
  | { readonly type: "propagate-closed"; readonly leader: ReplicaId }
  /** The Propagate stream to `follower` ended: what was sent may be lost. */
  | { readonly type: "follower-lost"; readonly follower: ReplicaId }
  | { readonly type: "calls"; readonly caller: CallerId; readonly calls: readonly Call[] }
  /** Nobody waits for this caller's replies any more. */
  | { readonly type: "caller-gone"; readonly caller: CallerId }
  /** Replies to calls that were forwarded to `from`. */
  | { readonly type: "forwarded-replies"; readonly from: ReplicaId; readonly replies: readonly Reply[] }
  /** The stream that carried forwarded calls to `to` ended. */
  | { readonly type: "forwarding-lost"; readonly to: ReplicaId }
  /** A front-end announces a nominee. */
  | { readonly type: "nominate"; readonly nominee: ReplicaId }
  /** The log is synced up to this entry (ignored if it was cut since). */
  | { readonly type: "log-durable"; readonly last: LogPosition }
  /** The effect "save-vote" with this token is synced. */
  | { readonly type: "vote-saved"; readonly token: number }
  /** The effect "save-identity" with this token is synced. */
  | { readonly type: "identity-saved"; readonly token: number }
  | { readonly type: "entries-read"; readonly token: number; readonly entries: readonly Entry[] }
  | { readonly type: "orders-read"; readonly reads: readonly OrderGroup[] }
  | { readonly type: "catalog-opened"; readonly session: number; readonly settledBelow: number }
  | {
      readonly type: "catalog-replies";
      readonly session: number;
      readonly replies: readonly { readonly ticket: number; readonly code: ReserveCode }[];
    }
  | { readonly type: "catalog-closed"; readonly session: number }
  /** The result of the probe that runs each second on every replica. */
  | { readonly type: "catalog-reachable"; readonly reachable: boolean }
  /** SIGTERM: hand over if leading; "handed-over" follows. */
  | { readonly type: "hand-over" };

// ---------------------------------------------------------------- effects

/** What was read for one OrderRead: consecutive orders of its group, itself among them; the last may be uncommitted. */
export interface OrderGroup {
  readonly token: number;
  readonly orders: readonly Order[];
}

/** An order that is to be read from the disk. */
export interface OrderRead {
  readonly token: number;
  readonly number: OrderNumber;
}

/** Everything that a replica asks its driver to do, in the order given. */
export type Effect =
  /** Add to the end of the log and sync, in groups; then "log-durable". */
  | { readonly type: "append"; readonly entries: readonly Entry[] }
  /** Cut every entry after this index; applies to appends before it, not after it. */
  | { readonly type: "truncate"; readonly after: LogIndex }
  /** Replace the vote file, synced; then "vote-saved". */
  | {
      readonly type: "save-vote";
      readonly token: number;
      readonly term: Term;
      readonly votedFor: ReplicaId | undefined;
    }
  /** Replace the identity file, synced; then "identity-saved". */
  | { readonly type: "save-identity"; readonly token: number; readonly storeId: string; readonly voter: boolean }
  /** Send; may be lost. */
  | { readonly type: "send"; readonly to: ReplicaId; readonly message: PeerMessage }
  /** Answer calls. */
  | { readonly type: "reply"; readonly caller: CallerId; readonly replies: readonly Reply[] }
  /** Pass calls on to the leader's Calls stream; "forwarded-replies" or "forwarding-lost" follows. */
  | { readonly type: "forward"; readonly to: ReplicaId; readonly calls: readonly Call[] }
  /** Open a session, closing any older one; "catalog-opened" or "catalog-closed" follows. */
  | { readonly type: "open-catalog"; readonly storeId: string; readonly term: Term; readonly session: number }
  | { readonly type: "close-catalog" }
  | { readonly type: "catalog-work"; readonly session: number; readonly work: CatalogWork }
  /** Read up to `entriesMax` durable or queued entries from `first` on; then "entries-read". */
  | { readonly type: "read-entries"; readonly token: number; readonly first: LogIndex; readonly entriesMax: number }
  /** Read orders that are in the log, with what is at hand of their groups; then "orders-read". */
  | { readonly type: "read-orders"; readonly reads: readonly OrderRead[] }
  /** The leader has left, or time ran out: the process may end. */
  | { readonly type: "handed-over" }
  /** Tell the operator. */
  | {
      readonly type: "notice";
      readonly level: "info" | "warn" | "error";
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    };

/** What Ping and /readyz tell. */
export interface Status {
  readonly id: ReplicaId;
  readonly term: Term;
  readonly last: LogPosition;
  readonly commitIndex: LogIndex;
  readonly leader: ReplicaId | undefined;
  readonly eligible: boolean;
  readonly storeId: string | undefined;
  readonly serving: boolean;
}

/**
 * A replica as its driver sees it. `step` takes an event; `drain` gives what is
 * to be done since the last drain, merged into batches: several steps may be
 * taken before a drain (etcd raft's Ready is the model).
 */
export interface Core {
  step(nowMs: number, event: Event): void;
  drain(nowMs: number): Effect[];
  status(nowMs: number): Status;
}
