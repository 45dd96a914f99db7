import { assert } from "../../lib/assert.ts";
import { chainChecksum, checksumHex } from "../../lib/checksum.ts";
import type { LogIndex, LogPosition, ReplicaId, Term } from "../core/types.ts";

/*
 * The small files beside the log are readable too: a line that names the
 * columns, a line of values, which ends with the CRC-32 of both up to there.
 */

export interface Vote {
  readonly term: Term;
  readonly votedFor: ReplicaId | undefined;
}

export interface Identity {
  readonly storeId: string;
  readonly replicaId: ReplicaId;
  readonly voter: boolean;
}

/** How far the log was synced. */
export interface Mark {
  /** Grows with each write: of two slots the higher one is current. */
  readonly sequence: number;
  /** Bytes of the log. */
  readonly length: number;
  /** The last entry within them. */
  readonly last: LogPosition;
}

const voteColumns = "term,voted_for,checksum";
const identityColumns = "store_id,replica_id,voter,checksum";
const markColumns = "sequence,length,position,term,checksum";

export function encodeVote({ term, votedFor }: Vote): string {
  return seal(voteColumns, `${term},${votedFor ?? ""}`);
}

export function decodeVote(text: string): Vote | undefined {
  const [term, votedFor] = unseal(voteColumns, text);
  if (term === undefined || votedFor === undefined) return undefined;
  return { term: Number(term) as Term, votedFor: votedFor === "" ? undefined : (Number(votedFor) as ReplicaId) };
}

export function encodeIdentity({ storeId, replicaId, voter }: Identity): string {
  assert(/^[\w.:-]{1,128}$/.test(storeId), "a store id is letters, digits and . : _ -");
  return seal(identityColumns, `${storeId},${replicaId},${voter ? "yes" : "no"}`);
}

export function decodeIdentity(text: string): Identity | undefined {
  const [storeId, replicaId, voter] = unseal(identityColumns, text);
  if (storeId === undefined || replicaId === undefined) return undefined;
  return { storeId, replicaId: Number(replicaId) as ReplicaId, voter: voter === "yes" };
}

export function encodeMark({ sequence, length, last }: Mark): string {
  return seal(markColumns, `${sequence},${length},${last.index},${last.term}`);
}

export function decodeMark(text: string): Mark | undefined {
  const [sequence, length, index, term] = unseal(markColumns, text);
  if (sequence === undefined || length === undefined) return undefined;
  const last = { index: Number(index) as LogIndex, term: Number(term) as Term };
  return { sequence: Number(sequence), length: Number(length), last };
}

function seal(columns: string, values: string): string {
  const text = `${columns}\n${values},`;
  return `${text}${checksumHex(chainChecksum(0, text))}\n`;
}

/** The values; none if the text is not one that `seal` made. Valid text needs no further checks. */
function unseal(columns: string, text: string): string[] {
  const fields = text.slice(columns.length + 1).split(",");
  fields.pop();
  return text === seal(columns, fields.join(",")) ? fields : [];
}
