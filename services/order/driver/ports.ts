import type {
  Call,
  CallerId,
  CatalogWork,
  Entry,
  LogIndex,
  Order,
  OrderNumber,
  PeerMessage,
  ReplicaId,
  Reply,
  Term,
} from "../core/types.ts";

// What the driver needs of the world. Each port takes and returns at once; what
// comes of it arrives later as an event. Only the log's answers are promises:
// they always come, or the replica ends.

/** The replica's disk. A rejected promise is a failure that ends the replica. */
export interface LogPort {
  append(entries: readonly Entry[]): void;
  truncate(after: LogIndex): void;
  /** Everything up to here is committed and will never be cut. */
  committed(index: LogIndex): void;
  saveVote(term: Term, votedFor: ReplicaId | undefined): Promise<void>;
  saveIdentity(storeId: string, voter: boolean): Promise<void>;
  readEntries(first: LogIndex, entriesMax: number): Promise<readonly Entry[]>;
  readGroups(numbers: readonly OrderNumber[]): Promise<readonly (readonly Order[])[]>;
}

/** The other replicas. What is sent may be lost. */
export interface PeersPort {
  send(to: ReplicaId, message: PeerMessage): void;
}

/** Who asked: front-ends, and replicas for them. */
export interface CallersPort {
  reply(caller: CallerId, replies: readonly Reply[]): void;
}

/** The leader, as a server of calls that came here. */
export interface ForwardingPort {
  forward(to: ReplicaId, calls: readonly Call[]): void;
}

/** The leader's session at the catalog; at most one is open. */
export interface CatalogPort {
  open(storeId: string, term: Term, session: number): void;
  close(): void;
  work(session: number, work: CatalogWork): void;
}

/** The operator. */
export interface OperatorPort {
  notice(level: "info" | "warn" | "error", message: string, details: Readonly<Record<string, unknown>>): void;
}

export interface Ports {
  readonly log: LogPort;
  readonly peers: PeersPort;
  readonly callers: CallersPort;
  readonly forwarding: ForwardingPort;
  readonly catalog: CatalogPort;
  readonly operator: OperatorPort;
}
