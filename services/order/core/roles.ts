import { assert } from "../../lib/assert.ts";
import { Campaign, type CampaignOutcome } from "./campaign.ts";
import type { Desk } from "./desk.ts";
import { Follower } from "./follower.ts";
import { Leader } from "./leader.ts";
import type { Membership } from "./membership.ts";
import type { Shared } from "./shared.ts";
import type {
  LogPosition,
  MissingReply,
  Propagate,
  PropagateReply,
  ReplicaId,
  Term,
  VoteReply,
  VoteRequest,
} from "./types.ts";
import { beforeFirst, noTerm } from "./types.ts";
import { refusal, voteReply } from "./voter.ts";

/**
 * What this replica is in its term (leader, follower, candidate, or none of
 * these), and every change from one to the other: Raft (Ongaro and Ousterhout,
 * 2014), with nominations in place of election timeouts.
 */
export class Roles {
  leader: Leader | undefined;
  /** Of this term, or left over from the one before: see `currentFollower`. */
  private follower: Follower | undefined;
  private campaign: Campaign | undefined;

  constructor(
    private readonly shared: Shared,
    private readonly desk: Desk,
    private readonly membership: Membership,
  ) {}

  /** Before anything is believed: a process that was stopped may wake long after its lease. */
  checkLease(): void {
    if (this.leader?.hasLostMajority === true) this.stepDown("no majority heard within the lease");
  }

  onTick(): void {
    this.leader?.onTick();
    this.currentFollower?.onTick();
    if (this.campaign !== undefined) this.onCampaign(this.campaign.onTick());
  }

  flush(): void {
    this.leader?.flush();
    this.currentFollower?.flush();
  }

  /** A higher term ends whatever role this replica had in its own. */
  observeTerm(term: Term): void {
    if (term <= this.shared.term) return;
    this.leaveTerm();
    this.shared.enterTerm(term);
  }

  // ------------------------------------------------------------ following

  onPropagate(from: ReplicaId, message: Propagate): void {
    this.observeTerm(message.term);
    if (message.term < this.shared.term) {
      this.refuseOldLeader(from);
      return;
    }
    assert(this.leader === undefined, "there is one leader in a term");
    const follower = this.followerOf(from);
    if (follower.isNews(message)) this.hear(from);
    follower.onPropagate(message);
    this.onFollowed(follower);
  }

  onMissingReply(from: ReplicaId, reply: MissingReply): void {
    const follower = this.currentFollower;
    if (follower === undefined || follower.leader !== from || reply.term !== this.shared.term) return;
    follower.onMissingReply(reply);
    this.onFollowed(follower);
  }

  onDurable(last: LogPosition): void {
    if (!this.shared.log.markDurable(last)) return;
    this.advance();
    const follower = this.currentFollower;
    if (follower === undefined) return;
    follower.onDurable();
    this.onFollowed(follower);
  }

  /** To a leader of a term that this replica has left, as a candidate itself, nothing is acknowledged any more. */
  private get currentFollower(): Follower | undefined {
    return this.follower?.term === this.shared.term ? this.follower : undefined;
  }

  /**
   * Tells a deposed leader of the newer term. It echoes no sequence: the one that came is of another leadership,
   * and who sent it may lead again in the newer term.
   */
  private refuseOldLeader(from: ReplicaId): void {
    const { term, voter, catalogReachable, outbox } = this.shared;
    const durableIndex = beforeFirst;
    outbox.send(from, {
      type: "propagate-reply",
      term,
      sequence: 0,
      durableIndex,
      gap: false,
      voter,
      catalogReachable,
    });
  }

  private followerOf(leader: ReplicaId): Follower {
    const present = this.currentFollower;
    if (present?.leader === leader) return present;
    return (this.follower = new Follower(this.shared, leader, this.shared.term));
  }

  private hear(leader: ReplicaId): void {
    const { shared } = this;
    this.campaign = undefined;
    const known = shared.leader;
    if (known?.id === leader) {
      known.heardAtMs = shared.now;
      known.stands = true;
    } else {
      shared.leader = { id: leader, heardAtMs: shared.now, stands: true };
      shared.outbox.notice("info", "following", { leader, term: shared.term });
    }
  }

  private onFollowed(follower: Follower): void {
    this.membership.onProgress(follower.term, follower.held);
  }

  // ------------------------------------------------------------ electing

  /** Stands for election, unless there is a leader that has not consented. */
  stand(consentTerm: Term): void {
    const { shared } = this;
    if (!shared.voter || this.leader !== undefined) return;
    const consented = consentTerm !== noTerm && consentTerm === shared.term;
    if (!consented && shared.liveLeader !== undefined) return;
    if (this.campaign !== undefined && !consented) return;
    this.campaign = new Campaign(shared, consented ? consentTerm : noTerm);
  }

  giveUpCampaign(): void {
    this.campaign = undefined;
  }

  onVoteRequest(from: ReplicaId, request: VoteRequest): void {
    const { shared } = this;
    const refused = refusal(shared, from, request, this.leader !== undefined);
    if (!request.preVote) {
      if (refused === undefined) this.vote(from, request.term);
      // A candidate that a live leader's follower refuses must not raise its term either.
      else if (refused !== "leader-alive" && refused !== "joining") this.observeTerm(request.term);
    }
    shared.outbox.send(from, voteReply(shared, request, refused));
  }

  onVoteReply(from: ReplicaId, reply: VoteReply): void {
    this.observeTerm(reply.term);
    if (this.campaign !== undefined) this.onCampaign(this.campaign.onReply(from, reply));
  }

  private vote(candidate: ReplicaId, term: Term): void {
    const { shared } = this;
    if (shared.term === term && shared.votedFor === candidate) return;
    // Who gave its vote away stands back: two candidates would only depose each other.
    this.campaign = undefined;
    if (term > shared.term) this.leaveTerm();
    shared.enterTerm(term, candidate);
  }

  private onCampaign(outcome: CampaignOutcome): void {
    if (outcome === "undecided") return;
    this.campaign = undefined;
    if (outcome === "won") this.lead();
  }

  private lead(): void {
    const { shared } = this;
    this.follower = undefined;
    shared.leader = undefined;
    this.leader = new Leader(shared);
    shared.outbox.notice("info", "leader selected", { term: shared.term, last: shared.log.last.index });
  }

  // ------------------------------------------------------------ leading

  onPropagateReply(from: ReplicaId, reply: PropagateReply): void {
    this.observeTerm(reply.term);
    if (this.leader === undefined || reply.term !== this.leader.leadership.term) return;
    this.leader.leadership.onReply(from, reply);
    this.advance();
  }

  private advance(): void {
    const { leader } = this;
    if (leader === undefined) return;
    if (leader.commit()) this.desk.onTermOpened(leader);
    leader.pursueHandOver();
  }

  private leaveTerm(): void {
    this.stepDown("a higher term");
    this.follower = undefined;
  }

  private stepDown(reason: string): void {
    const { leader, shared } = this;
    if (leader === undefined) return;
    this.leader = undefined;
    leader.purchases.abandon();
    this.desk.onLeadershipLost();
    shared.outbox.emit({ type: "close-catalog" });
    // When a whole store is stopped its leader is left alone: nothing to worry about.
    const level = shared.isLeaving ? "info" : "warn";
    shared.outbox.notice(level, "leadership ended", { term: shared.term, reason });
  }
}
