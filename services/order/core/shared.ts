import type { Random } from "../../lib/random.ts";
import type { Limits } from "./limits.ts";
import type { Log } from "./log.ts";
import { Outbox } from "./outbox.ts";
import type { PeerPosition, ReplicaId, Term } from "./types.ts";
import { noTerm } from "./types.ts";

/** The leader that this replica follows. */
interface KnownLeader {
  readonly id: ReplicaId;
  /** When its last message came. */
  heardAtMs: number;
  /** Its Propagate stream is open. */
  stands: boolean;
}

/** What all parts of one replica look at: who it is, its term, its log, the time. */
export class Shared {
  readonly outbox = new Outbox();
  /** Monotonic time of the current step. */
  now = 0;
  /** The highest term seen; synced before any message that depends on it leaves. */
  term: Term = noTerm;
  votedFor: ReplicaId | undefined;
  leader: KnownLeader | undefined;
  /** Counts in majorities. False before a store is founded and while joining. */
  voter = false;
  storeId: string | undefined;
  catalogReachable = false;
  /** It has been told to stop. */
  isLeaving = false;
  /** Catalog sessions so far, of all terms: a late event of an older one fits no newer one. */
  catalogSessions = 0;

  constructor(
    readonly id: ReplicaId,
    /** The other replicas. */
    readonly peers: readonly ReplicaId[],
    readonly limits: Limits,
    readonly random: Random,
    readonly log: Log,
  ) {}

  get members(): number {
    return this.peers.length + 1;
  }

  /** Enters a higher term; whoever led before does not lead in it. */
  enterTerm(term: Term, votedFor?: ReplicaId): void {
    this.term = term;
    this.votedFor = votedFor;
    this.leader = undefined;
    this.outbox.saveVote(term, votedFor);
  }

  /** The followed leader, if it was heard within the lease and its stream stands. */
  get liveLeader(): ReplicaId | undefined {
    const { leader } = this;
    if (leader === undefined || !leader.stands) return undefined;
    return this.now - leader.heardAtMs < this.limits.leaseMs ? leader.id : undefined;
  }

  position(): PeerPosition {
    return {
      term: this.term,
      last: this.log.last,
      commitIndex: this.log.committed,
      hasData: this.term > noTerm || this.log.last.index > 0,
      storeId: this.storeId,
    };
  }
}
