import type { Entry, LogIndex, LogPosition, ReplicaId, Term } from "./log-types.ts";

/** What replicas say to each other; see recovery.proto for each meaning. */
export type PeerMessage =
  | Propagate
  | PropagateReply
  | VoteRequest
  | VoteReply
  | { readonly type: "nominate"; readonly consentTerm: Term }
  | MissingRequest
  | MissingReply
  | BackOnline
  | BackOnlineReply;

export interface Propagate {
  readonly type: "propagate";
  readonly term: Term;
  readonly previous: LogPosition;
  readonly entries: readonly Entry[];
  readonly commitIndex: LogIndex;
  /** Counts this leader's messages in its term, from 1. */
  readonly sequence: number;
}

export interface PropagateReply {
  readonly type: "propagate-reply";
  readonly term: Term;
  /** The highest sequence of this leader in this term that was seen. */
  readonly sequence: number;
  readonly durableIndex: LogIndex;
  readonly gap: boolean;
  readonly voter: boolean;
  readonly catalogReachable: boolean;
}

export interface VoteRequest {
  readonly type: "vote-request";
  readonly term: Term;
  readonly last: LogPosition;
  readonly preVote: boolean;
  readonly consentTerm: Term;
}

export type Refusal = "behind" | "leader-alive" | "term" | "joining";

export interface VoteReply {
  readonly type: "vote-reply";
  readonly term: Term;
  /** Undefined: granted. */
  readonly refusal: Refusal | undefined;
  readonly requestTerm: Term;
  readonly preVote: boolean;
}

export interface MissingRequest {
  readonly type: "missing-request";
  readonly term: Term;
  readonly previous: LogPosition;
  readonly entriesMax: number;
  readonly sequence: number;
}

export interface MissingReply {
  readonly type: "missing-reply";
  readonly term: Term;
  readonly sequence: number;
  readonly previous: LogPosition;
  readonly entries: readonly Entry[];
  readonly commitIndex: LogIndex;
  readonly end: boolean;
  /** Present: the requester's `previous` contradicts the responder's log; ask again from here. */
  readonly conflict: { readonly backTo: LogIndex } | undefined;
}

export interface PeerPosition {
  readonly term: Term;
  readonly last: LogPosition;
  readonly commitIndex: LogIndex;
  readonly hasData: boolean;
  /** Undefined: none yet. */
  readonly storeId: string | undefined;
}

export interface BackOnline {
  readonly type: "back-online";
  /** Tells apart the questions of one replica; echoed. */
  readonly request: number;
  readonly position: PeerPosition;
  readonly joining: boolean;
}

export interface BackOnlineReply {
  readonly type: "back-online-reply";
  readonly request: number;
  readonly position: PeerPosition;
  readonly leader: ReplicaId | undefined;
  /** Undefined: not a leader that could confirm itself; ask again. */
  readonly joinIndex: LogIndex | undefined;
}
