import type { Entry, LogIndex, Order, OrderNumber, Recovered, ReplicaId, Term } from "../core/types.ts";

/**
 * A replica's durable state: its log, its vote and who it is.
 *
 * Appends, cuts and their durability keep the order of the calls. The owner is
 * told of durable entries by its `onDurable`, never of one that was cut since.
 */
export interface ReplicaStore {
  /** Its `keys` can be read, more than once, until the store is closed. */
  readonly found: Found;
  /** Queues entries, consecutive to the end; synced in groups, then onDurable. Needs an identity. */
  append(entries: readonly Entry[]): void;
  /** Queues a cut of every entry after `after`, in order with appends. */
  truncate(after: LogIndex): void;
  /** Entries up to `index` are committed and may never be cut; a cut of one is a broken invariant. */
  committed(index: LogIndex): void;
  /**
   * Resolves when the vote is synced; rejects with the system's error.
   *
   * Before there is an identity the replica must not vote: a term is then kept
   * in memory and becomes durable together with the identity.
   */
  saveVote(term: Term, votedFor: ReplicaId | undefined): Promise<void>;
  /** Resolves when synced; rejects with the system's error. The first call creates log, vote and identity together. */
  saveIdentity(storeId: string, voter: boolean): Promise<void>;
  /**
   * Up to `entriesMax` entries from `first` (>= 1) on; fewer only at the log's
   * end. Entries that are queued but not yet written count. Whatever comes from
   * the file was verified; rejects with DamageError if it could not be.
   */
  readEntries(first: LogIndex, entriesMax: number): Promise<Entry[]>;
  /**
   * Orders that are in the log (asserted), in the order asked for, each with what is
   * at hand of its group; rejects with DamageError if one cannot be verified.
   */
  readGroups(numbers: readonly OrderNumber[]): Promise<Order[][]>;
  /** Resolves when everything queued is synced (or has failed) and every file is closed. */
  close(): Promise<void>;
}

/** What was there at opening. */
export type Found =
  | { readonly recovered: Recovered }
  /** `mayFound`: nothing suggests that this replica ever held data. */
  | { readonly recovered: undefined; readonly mayFound: boolean };

/** Bytes that are not what was written. */
export interface Damage {
  readonly file: string;
  /** Of the first bad line or byte. */
  readonly offset: number;
  readonly reason: string;
}

/** Something to tell the operator. */
export interface Notice {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The log cannot be trusted. Its files were set aside: the next opening finds a wiped replica. */
export class DamageError extends Error {
  override name = "DamageError";

  constructor(readonly damage: Damage) {
    super(`${damage.file} is damaged at byte ${damage.offset}: ${damage.reason}`);
  }
}

/** The files belong to another replica; the message is one line for the operator. */
export class WrongReplicaError extends Error {
  override name = "WrongReplicaError";

  constructor(file: string, holds: number, asked: ReplicaId) {
    super(`${file} belongs to replica ${holds}, not to ${asked}: check COMPONENT_ID and ORDER_LOG_FILE`);
  }
}
