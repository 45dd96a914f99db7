import type { Brand } from "../../lib/brand.ts";

/** Place of a change in the write-ahead log: 1, 2, 3, ...; 0 stands before the first. */
export type Position = Brand<number, "Position">;
/** Number of a change that a read can show, over all products; counts anew with each start. 0 stands before the first. */
export type Version = Brand<number, "Version">;
/** Whoever asked a query; its answers go back to it. Chosen by the driver. */
export type CallerId = Brand<number, "CallerId">;
/** One connection of a leading order replica. Chosen by the driver, never used twice. */
export type SessionId = Brand<number, "SessionId">;
/** One Invalidate stream to a front-end: a generation. Chosen by the driver, never used twice. */
export type FrontId = Brand<number, "FrontId">;
/** An order's idempotency key with its namespace, for example "c:4711". */
export type Key = string;

export const beforeFirst = 0 as Version;

// ---------------------------------------------------------------- what the catalog owns

/** A product's totals. Always: initial + restocked + adjusted = onHand + reserved + sold. */
export interface Product {
  readonly name: string;
  readonly priceCents: number;
  /** The last change of the price or of what is on hand. Of this run: no file has it. */
  readonly version: Version;
  readonly initial: number;
  readonly restocked: number;
  /** May be negative. */
  readonly adjusted: number;
  /** Neither reserved nor sold; onHand + reserved <= 2^31-1. */
  readonly onHand: number;
  /** Set aside. Of this run: the files only know what is not sold, onHand + reserved. */
  readonly reserved: number;
  readonly sold: number;
  /** What the last checkpoint of catalog.csv has in its row, unsold; noRow: no row of this product. */
  readonly shown: number;
}

/** In the place of a quantity: catalog.csv does not have the product. */
export const noRow = -1;

/** Stock set aside for an order whose fate is not known yet. It lives in memory only: the order log is what lasts. */
export interface Reservation {
  readonly key: Key;
  readonly product: string;
  /** 1 to 2^31-1. */
  readonly quantity: number;
  /** The change that made it. */
  readonly version: Version;
  /** Which session asked for it last. */
  readonly session: SessionId;
}

/** A committed order, as the leader reports it. */
export interface Settle {
  readonly number: number;
  readonly key: Key;
  readonly product: string;
  readonly quantity: number;
}

/** What some committed orders took of one product. */
export interface Sale {
  readonly product: string;
  readonly quantity: number;
  /** So many of them were not there, by the catalog's books. */
  readonly adjusted: number;
}

/** The right of a leader's connection; the higher term, then session, wins. */
export interface Fence {
  readonly term: number;
  readonly session: number;
}

/** One row of catalog.csv that someone edited while the catalog was down. */
export interface Edit {
  readonly product: string;
  /** The price from now on. */
  readonly priceCents: number;
  /** Added to what is on hand; for a new product its initial quantity. */
  readonly quantity: number;
  /** The quantity in the row as it was found; noRow: it is gone. */
  readonly shown: number;
  readonly isNew: boolean;
}

/** What the checkpoint before the last one had in the row of a product. */
export interface Shown {
  readonly product: string;
  /** noRow: it had none. */
  readonly quantity: number;
}

/** Everything that the catalog's log says, up to the change at `position`. */
export interface Portrait {
  readonly position: Position;
  /** Undefined: no leader has come yet. */
  readonly storeId: string | undefined;
  readonly fence: Fence;
  /** Every order with a lower number is settled. */
  readonly settledBelow: number;
  /** Number of the last checkpoint: 1, 2, 3, ... */
  readonly checkpoint: number;
  /** Where the checkpoint before it, which catalog.csv may still hold, was different. */
  readonly before: readonly Shown[];
  /** To be gone through once. A product is as it was only until the next one is asked for. */
  readonly products: Iterable<Product>;
}

/** A portrait that stays as it is. */
export interface Image extends Portrait {
  readonly products: readonly Product[];
}

/** One line of the write-ahead log: what happened, enough to do it again. */
export type Change = { readonly position: Position } & Deed;

export type Deed =
  /** So many orders from the number `first` on are settled. */
  | { readonly type: "settle"; readonly first: number; readonly orders: number; readonly sales: readonly Sale[] }
  | { readonly type: "restock"; readonly product: string; readonly quantity: number }
  /** A session was accepted; the store id is adopted with the first. */
  | ({ readonly type: "fence"; readonly storeId: string } & Fence)
  /** catalog.csv as found at a start becomes this checkpoint: what `based` showed, with these edits, which take effect. */
  | { readonly type: "edit"; readonly checkpoint: number; readonly based: number; readonly edits: readonly Edit[] }
  /** catalog.csv is to show what is not sold after this change. */
  | { readonly type: "checkpoint"; readonly checkpoint: number };

// ---------------------------------------------------------------- what callers say and hear

export interface Query {
  /** Chosen by the caller; the answer carries it. */
  readonly id: number;
  readonly product: string;
}

/** A product as released; -1 and -1 for one that does not exist. */
export interface QueryReply {
  readonly id: number;
  readonly priceCents: number;
  readonly quantity: number;
  readonly version: Version;
}

export interface Reserve {
  /** Unique within the session; the answer carries it. */
  readonly ticket: number;
  readonly key: Key;
  readonly product: string;
  /** Any whole number. */
  readonly quantity: number;
}

/** 1 reserved, -1 out of stock, -2 quantity not above zero, -3 unknown product. */
export type ReserveCode = 1 | -1 | -2 | -3;

export interface ReserveReply {
  readonly ticket: number;
  readonly code: ReserveCode;
}

/** One message of a session, applied in the order settles, returns, reserves, replayed. */
export interface Work {
  readonly settles: readonly Settle[];
  readonly returns: readonly Key[];
  readonly reserves: readonly Reserve[];
  /** The leader has said all that its log holds from settledBelow on; what else is reserved goes back to stock. */
  readonly replayed?: boolean;
}

/** What a session starts with. */
export interface Opened {
  readonly settledBelow: number;
}

/** Why the catalog ends a stream of a caller. */
export interface Refusal {
  readonly code: "wrong-store" | "fenced" | "invalid" | "overloaded" | "silent" | "stopping";
  /** For the operator of the other side. */
  readonly message: string;
}

/** One message to a front-end; see front.proto for each field. */
export interface Invalidation {
  readonly sequence: number;
  readonly products: readonly string[];
  readonly version: Version;
  readonly lease: boolean;
  readonly echo: number;
}

/** A price and quantity as a row of catalog.csv. */
export interface Row {
  readonly name: string;
  readonly priceCents: number;
  readonly quantity: number;
}

/** What catalog.csv holds. */
export interface Rows {
  /** How many; each keeps its place, from 0, while the catalog runs. */
  readonly length: number;
  row(place: number): Row;
}

/** What catalog.csv is to hold. It stays the same until that is done. */
export interface Sheet extends Rows {
  /** Places of the rows in which the checkpoint before was different, in no order. */
  readonly changed: Iterable<number>;
  /** No quantity in it is more. */
  readonly largest: number;
}

/** What a start finds in catalog.csv: the last checkpoint of the log, the one before it, or no such file. */
export type Held = "last" | "before" | "nothing";

// ---------------------------------------------------------------- events

/** Everything that can happen to the catalog. The driver adds the monotonic time. */
export type Event =
  /** Time passes; at least every `tickMs`. */
  | { readonly type: "tick" }
  | { readonly type: "queries"; readonly caller: CallerId; readonly queries: readonly Query[] }
  | { readonly type: "caller-gone"; readonly caller: CallerId }
  | {
      readonly type: "session-open";
      readonly session: SessionId;
      readonly storeId: string;
      readonly fence: Fence;
    }
  | { readonly type: "session-work"; readonly session: SessionId; readonly work: Work }
  | { readonly type: "session-gone"; readonly session: SessionId }
  /** A stream to the front-end at `address` begins; messages may be sent from now on. */
  | { readonly type: "front-opened"; readonly front: FrontId; readonly address: string }
  | { readonly type: "front-acknowledged"; readonly front: FrontId; readonly sequence: number }
  | { readonly type: "front-gone"; readonly front: FrontId }
  /** The write-ahead log is synced up to and including this change. */
  | { readonly type: "durable"; readonly position: Position }
  /** Answers the effect "publish-checkpoint". */
  | { readonly type: "checkpoint-published" }
  /** It could not be done; it is tried again after the interval. */
  | { readonly type: "checkpoint-failed"; readonly message: string }
  /** Answers the effect "snapshot", also if it could not be taken: nobody looks at the portrait any more. */
  | { readonly type: "snapshot-ended" }
  /** Take nothing more, bring catalog.csv up to date, then "stopped" follows. */
  | { readonly type: "stop" };

// ---------------------------------------------------------------- effects

/** Everything that the catalog asks its driver to do, in the order given. */
export type Effect =
  /** Add to the write-ahead log, at its end. */
  | { readonly type: "append"; readonly changes: readonly Change[] }
  /** Sync what was appended, in groups; then "durable". */
  | { readonly type: "sync" }
  /** Keep the whole state beside the log, so that the log before it can go; then "snapshot-ended". */
  | { readonly type: "snapshot"; readonly portrait: Portrait }
  | { readonly type: "query-replies"; readonly caller: CallerId; readonly replies: readonly QueryReply[] }
  | { readonly type: "session-opened"; readonly session: SessionId; readonly opened: Opened }
  /** Empty: a heartbeat. */
  | { readonly type: "session-replies"; readonly session: SessionId; readonly replies: readonly ReserveReply[] }
  | { readonly type: "session-refused"; readonly session: SessionId; readonly refusal: Refusal }
  | { readonly type: "caller-refused"; readonly caller: CallerId; readonly refusal: Refusal }
  | { readonly type: "invalidate"; readonly front: FrontId; readonly message: Invalidation }
  /** End the stream and dial anew; "front-gone" need not follow. */
  | { readonly type: "front-close"; readonly front: FrontId }
  /** The checkpoint is in the log: let catalog.csv show it; then "checkpoint-published". */
  | { readonly type: "publish-checkpoint"; readonly number: number; readonly sheet: Sheet }
  /** The process may end. */
  | { readonly type: "stopped" }
  /** Tell the operator. */
  | Notice;

export interface Notice {
  readonly type: "notice";
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}
