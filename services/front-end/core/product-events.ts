import type { Notice, ReadOutcome, StreamId } from "./types.ts";

/** The catalog's answer to the query with this id; price and quantity are -1 for an unknown product. */
export interface QueryReply {
  readonly id: number;
  readonly priceCents: number;
  readonly quantity: number;
}

/** One message of the Invalidate stream: see front.proto. */
export interface Invalidation {
  readonly sequence: number;
  readonly products: readonly string[];
  readonly lease: boolean;
  readonly echo: number;
}

/** Everything that can happen to the product side. The driver adds the monotonic time. */
export type ProductEvent =
  /** Time passes; every 10 ms or so. */
  | { readonly type: "tick" }
  | { readonly type: "query-replies"; readonly stream: StreamId; readonly replies: readonly QueryReply[] }
  /** The Queries stream ended: what is unanswered on it stays unanswered. */
  | { readonly type: "queries-lost"; readonly stream: StreamId }
  /** The catalog opened an Invalidate stream, which ends every older one. */
  | { readonly type: "invalidations-opened"; readonly stream: StreamId }
  | { readonly type: "invalidation"; readonly stream: StreamId; readonly message: Invalidation };

/** Everything that the product side asks its driver to do, in the order given. */
export type ProductEffect<Value, Waiter> =
  /** Open a Queries stream; "query-replies" and "queries-lost" carry its number. */
  | { readonly type: "open-queries"; readonly stream: StreamId }
  | { readonly type: "close-queries"; readonly stream: StreamId }
  | {
      readonly type: "query";
      readonly stream: StreamId;
      readonly items: readonly { readonly id: number; readonly product: string }[];
    }
  | { readonly type: "finish-read"; readonly waiters: readonly Waiter[]; readonly outcome: ReadOutcome<Value> }
  | { readonly type: "acknowledge"; readonly stream: StreamId; readonly sequence: number }
  | { readonly type: "end-invalidations"; readonly stream: StreamId }
  | Notice;
