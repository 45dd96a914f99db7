import type { Brand } from "../../lib/brand.ts";

/** 1, 2 or 3. */
export type ReplicaId = Brand<number, "ReplicaId">;
export const replicaIds: readonly ReplicaId[] = [1, 2, 3] as ReplicaId[];

/** Counts the streams that this process opened, from 1; 0 stands for none. */
export type StreamId = Brand<number, "StreamId">;
export const noStream = 0 as StreamId;

/** An order as clients see it. */
export interface Order {
  readonly number: number;
  readonly product: string;
  readonly quantity: number;
}

/** What a client wants from the order replicas. Keys carry their namespace. */
export type Call =
  | { readonly type: "buy"; readonly key: string; readonly product: string; readonly quantity: number }
  | { readonly type: "check-number"; readonly number: number }
  | { readonly type: "check-key"; readonly key: string };

/** Which attempt of which front-end a purchase is, and for which leader; see order.proto. */
export interface Origin {
  /** A random number of this start of the process, below 2^48. */
  readonly frontEnd: number;
  readonly attempt: number;
  readonly term: number;
}

/** A call on its way to a replica. */
export interface SentCall {
  /** Unique among the unanswered calls of this process. */
  readonly id: number;
  readonly call: Call;
  /** What is left of its deadline. */
  readonly budgetMs: number;
}

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

/** A replica's answer to the call with this id. */
export interface Reply {
  readonly id: number;
  readonly code: ReplyCode;
  /** To a purchase with "ok"; otherwise -1. */
  readonly orderNumber: number;
  /** To a look-up with "ok". */
  readonly order: Order | undefined;
  /** With it: what is at hand of its neighbours in the log, itself among them. */
  readonly group?: readonly Order[] | undefined;
}

/**
 * How a call ended. "not-executed": certainly not, and it will not be.
 * "unknown-outcome": some attempt may have been, or may still be.
 */
export interface Outcome {
  readonly code: Exclude<ReplyCode, "not-leader">;
  readonly orderNumber: number;
  readonly order: Order | undefined;
  readonly group?: readonly Order[] | undefined;
}

/** A replica's answer to Ping: see order.proto. */
export interface ReplicaStatus {
  readonly term: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly commitIndex: number;
  /** Who leads with a majority, as far as it knows. */
  readonly leader: ReplicaId | undefined;
  readonly eligible: boolean;
  readonly storeId: string | undefined;
  readonly serving: boolean;
}

/** One line for the operator. */
export interface Notice {
  readonly type: "notice";
  readonly level: "info" | "warn";
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A product as the catalog last released it. */
export interface Product {
  readonly name: string;
  readonly priceCents: number;
  readonly quantity: number;
}

/** "unavailable": the catalog is known to be down, or too many reads wait; "timeout": it did not answer. */
export type ReadOutcome<Value> =
  | { readonly type: "found"; readonly value: Value }
  | { readonly type: "unknown" | "unavailable" | "timeout" };
