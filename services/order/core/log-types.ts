import type { Brand } from "../../lib/brand.ts";

/** Index of an entry in the replicated log, from 1; 0 stands before the first. */
export type LogIndex = Brand<number, "LogIndex">;
/** An election's number: at most one replica leads in it. 0 before the first. */
export type Term = Brand<number, "Term">;
/** 0, 1, 2, ...: the order's place among all orders. */
export type OrderNumber = Brand<number, "OrderNumber">;

/**
 * Orders are looked up in groups of consecutive numbers: who asks for one soon asks
 * for its neighbours, and those cost little once one has been found. From memory a
 * group has at most so many.
 */
export const ordersPerGroup = 32;
/** From the disk it has fewer: there each neighbour costs more. */
export const ordersPerRead = 4;

/** The first number of its group, where groups have so many orders. */
export function firstOfGroup(number: OrderNumber, orders: number): OrderNumber {
  return (number - (number % orders)) as OrderNumber;
}

/** 1, 2 or 3. */
export type ReplicaId = Brand<number, "ReplicaId">;
/** An idempotency key with its namespace, for example "c:4711"; visible ASCII. */
export type Key = string;

export const beforeFirst = 0 as LogIndex;
export const noTerm = 0 as Term;

/** What a look-up tells of an order. */
export interface FoundOrder {
  readonly number: OrderNumber;
  readonly product: string;
  /** 1 to 2^31-1. */
  readonly quantity: number;
}

/** An order, as every replica's log holds it for ever. */
export interface Order extends FoundOrder {
  readonly key: Key;
}

/** One line of the replicated log. Without an order it only opens its term. */
export interface Entry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly order: Order | undefined;
}

/** Of two logs the one with the higher last term, then last index, is the more advanced. */
export interface LogPosition {
  readonly index: LogIndex;
  readonly term: Term;
}
