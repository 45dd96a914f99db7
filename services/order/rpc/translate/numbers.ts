import { Code, ConnectError } from "@connectrpc/connect";
import type { LogIndex, LogPosition, OrderNumber, ReplicaId, Term } from "../../core/types.ts";

/** Replicas are numbered from 1 to this. */
const replicasMax = 3;

/** What a peer sent does not mean anything; the call ends with INVALID_ARGUMENT. */
export function malformed(what: string): ConnectError {
  return new ConnectError(what, Code.InvalidArgument);
}

/** A counter that crosses the wire in 64 bits; beyond 2^53 it cannot be one of ours. */
export function toCount(value: bigint): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count) || count < 0) throw malformed(`${value} is not a count`);
  return count;
}

export const toTerm = (value: bigint): Term => toCount(value) as Term;
export const toIndex = (value: bigint): LogIndex => toCount(value) as LogIndex;
export const toOrderNumber = (value: bigint): OrderNumber => toCount(value) as OrderNumber;
export const toPosition = (index: bigint, term: bigint): LogPosition => ({
  index: toIndex(index),
  term: toTerm(term),
});

/** Any integer: beyond 2^53 it becomes 2^53 - 1, which is as far out of every range. */
export function toInteger(value: bigint): number {
  return Math.min(Math.max(Number(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/** 0 means nobody. */
export function toReplicaOrNone(value: number): ReplicaId | undefined {
  return value === 0 ? undefined : toReplica(value);
}

export function toReplica(value: number): ReplicaId {
  if (!Number.isInteger(value) || value < 1 || value > replicasMax) throw malformed(`${value} is not a replica's id`);
  return value as ReplicaId;
}
