import { assert, unreachable } from "../../lib/assert.ts";
import type { Random } from "../../lib/random.ts";
import { Campaign, type CampaignOutcome } from "./campaign.ts";
import { Desk } from "./desk.ts";
import { Follower } from "./follower.ts";
import { Leader } from "./leader.ts";
import type { Limits } from "./limits.ts";
import { Log } from "./log.ts";
import { Membership } from "./membership.ts";
import { MissingEntries } from "./missing-entries.ts";
import { Shared } from "./shared.ts";
import type {
  BackOnline,
  Core,
  Effect,
  Event,
  LogPosition,
  MissingReply,
  PeerMessage,
  Propagate,
  PropagateReply,
  Recovered,
  ReplicaId,
  Status,
  Term,
  VoteReply,
  VoteRequest,
} from "./types.ts";
import { noTerm } from "./types.ts";
import { refusal, voteReply } from "./voter.ts";

export interface ReplicaOptions {
  readonly id: ReplicaId;
  /** The other replicas. */
  readonly peers: readonly ReplicaId[];
  /** What the disk held; undefined: nothing, or nothing that may be used. */
  readonly recovered: Recovered | undefined;
  /** Nothing suggests that this replica ever held data: it may found a store. */
  readonly mayFound: boolean;
  readonly newStoreId: () => string;
  readonly random: Random;
  readonly limits: Limits;
}

export function createReplica(options: ReplicaOptions): Core {
  return new Replica(options);
}

/**
 * One order replica: Raft (Ongaro and Ousterhout, 2014) with nominations in place
 * of election timeouts, and the purchase protocol on top.
 */
class Replica implements Core {
  private readonly shared: Shared;
  private readonly membership: Membership;
  private readonly missing: MissingEntries;
  private readonly desk: Desk;
  private leader: Leader | undefined;
  private follower: Follower | undefined;
  private campaign: Campaign | undefined;
  /** Set once this replica is to leave: it stands for no election any more. */
  private leaving: { readonly endsAtMs: number; announced: boolean } | undefined;

  constructor(options: ReplicaOptions) {
    const { id, peers, limits, random, recovered } = options;
    this.shared = new Shared(id, peers, limits, random, new Log(recovered, limits));
    this.shared.term = recovered?.term ?? noTerm;
    this.shared.votedFor = recovered?.votedFor;
    this.shared.voter = recovered?.voter ?? false;
    this.shared.storeId = recovered?.storeId;
    const { mayFound, newStoreId } = options;
    this.membership = new Membership(this.shared, { mayFound, newStoreId, hasData: recovered !== undefined });
    this.missing = new MissingEntries(this.shared);
    this.desk = new Desk(this.shared);
  }

  step(nowMs: number, event: Event): void {
    this.shared.now = nowMs;
    // Before anything is believed: a process that was stopped may wake long after its lease.
    if (this.leader?.hasLostMajority === true) this.stepDown("no majority heard within the lease");
    this.handle(event);
  }

  drain(nowMs: number): Effect[] {
    this.shared.now = nowMs;
    this.leader?.flush();
    if (this.follower?.term === this.shared.term) this.follower.flush();
    this.desk.forwarding.flush();
    return this.shared.outbox.take();
  }

  status(nowMs: number): Status {
    this.shared.now = nowMs;
    const { id, term, log, voter, storeId, liveLeader } = this.shared;
    const leads = this.leader !== undefined && !this.leader.hasLostMajority;
    return {
      id,
      term,
      last: log.last,
      commitIndex: log.committed,
      leader: leads ? id : liveLeader,
      eligible: voter && this.membership.isEstablished && this.leaving === undefined,
      storeId,
      serving: leads && this.leader?.isServing === true,
    };
  }

  private handle(event: Event): void {
    switch (event.type) {
      case "tick":
        return this.onTick();
      case "peer":
        return this.onPeer(event.from, event.message);
      case "propagate-closed":
        if (this.shared.leader?.id === event.leader) this.shared.leader.stands = false;
        return;
      case "follower-lost":
        return this.leader?.leadership.onLost(event.follower);
      case "calls":
        for (const call of event.calls) this.desk.onCall(event.caller, call, this.leader);
        return;
      case "caller-gone":
        // What it asked for goes on: its retry, with the same key, finds the outcome.
        return;
      case "forwarded-replies":
        return this.desk.forwarding.onReplies(event.from, event.replies);
      case "forwarding-lost":
        return this.desk.forwarding.onLost(event.to);
      case "nominate":
        if (event.nominee === this.shared.id) this.stand(noTerm);
        return;
      case "log-durable":
        return this.onDurable(event.last);
      case "vote-saved":
        this.shared.outbox.onVoteSaved(event.token);
        return;
      case "identity-saved":
        this.membership.onSaved(event.token);
        return;
      case "entries-read":
        if (this.missing.onRead(event.token, event.entries, this.leader !== undefined)) return;
        this.leader?.session.onRead(event.token, event.entries);
        return;
      case "order-read":
        return this.desk.lookups.onRead(event.token, event.order);
      case "catalog-opened":
        return this.leader?.session.onOpened(event);
      case "catalog-replies":
        return this.leader?.session.onReplies(event.session, event.replies);
      case "catalog-closed":
        return this.leader?.session.onClosed(event.session);
      case "catalog-reachable":
        this.shared.catalogReachable = event.reachable;
        return;
      case "hand-over":
        return this.handOver();
      default:
        return unreachable(event);
    }
  }

  private onTick(): void {
    this.membership.onTick();
    this.leader?.onTick();
    this.desk.onTick();
    if (this.campaign !== undefined) this.onCampaign(this.campaign.onTick());
    this.leaveWhenReplaced();
  }

  private onPeer(from: ReplicaId, message: PeerMessage): void {
    if (message.type === "back-online") return this.onBackOnline(from, message);
    if (message.type === "back-online-reply") return this.membership.onReply(from, message);
    // Without files of its own a replica can promise nothing.
    if (!this.membership.isEstablished) return;
    switch (message.type) {
      case "propagate":
        return this.onPropagate(from, message);
      case "propagate-reply":
        return this.onPropagateReply(from, message);
      case "vote-request":
        return this.onVoteRequest(from, message);
      case "vote-reply":
        return this.onVoteReply(from, message);
      case "nominate":
        return this.stand(message.consentTerm);
      case "missing-request":
        this.observeTerm(message.term);
        return this.missing.onRequest(from, message, this.leader !== undefined);
      case "missing-reply":
        return this.onMissingReply(from, message);
      default:
        return unreachable(message);
    }
  }

  // ------------------------------------------------------------ following

  private onPropagate(from: ReplicaId, message: Propagate): void {
    this.observeTerm(message.term);
    if (message.term < this.shared.term) {
      this.refuseOldLeader(from, message);
      return;
    }
    assert(this.leader === undefined, "there is one leader in a term");
    this.campaign = undefined;
    const follower = this.follow(from);
    follower.onPropagate(message);
    this.onFollowed(follower);
  }

  /** Tells a deposed leader of the newer term. */
  private refuseOldLeader(from: ReplicaId, message: Propagate): void {
    const { term, voter, catalogReachable, outbox } = this.shared;
    const { sequence } = message;
    const durableIndex = 0 as LogPosition["index"];
    outbox.send(from, { type: "propagate-reply", term, sequence, durableIndex, gap: false, voter, catalogReachable });
  }

  private follow(leader: ReplicaId): Follower {
    const { shared } = this;
    const known = shared.leader;
    if (known?.id === leader) {
      known.heardAtMs = shared.now;
      known.stands = true;
    } else {
      shared.leader = { id: leader, heardAtMs: shared.now, stands: true };
      shared.outbox.notice("info", "following", { leader, term: shared.term });
    }
    if (this.follower?.leader !== leader || this.follower.term !== shared.term) {
      this.follower = new Follower(shared, leader, shared.term);
    }
    return this.follower;
  }

  private onMissingReply(from: ReplicaId, reply: MissingReply): void {
    const { follower } = this;
    if (follower === undefined || follower.leader !== from || reply.term !== this.shared.term) return;
    follower.onMissingReply(reply);
    this.onFollowed(follower);
  }

  private onFollowed(follower: Follower): void {
    this.membership.onProgress(follower.term, follower.held);
  }

  // ------------------------------------------------------------ electing

  /** Stands for election, unless there is a leader that has not consented. */
  private stand(consentTerm: Term): void {
    const { shared } = this;
    if (!shared.voter || this.leader !== undefined || this.leaving !== undefined) return;
    const consented = consentTerm !== noTerm && consentTerm === shared.term;
    if (!consented && shared.liveLeader !== undefined) return;
    if (this.campaign !== undefined && !consented) return;
    this.campaign = new Campaign(shared, consented ? consentTerm : noTerm);
  }

  private onVoteRequest(from: ReplicaId, request: VoteRequest): void {
    const { shared } = this;
    const refused = refusal(shared, from, request, this.leader !== undefined);
    if (!request.preVote) {
      if (refused === undefined) this.vote(from, request.term);
      // A candidate that a live leader's follower refuses must not raise its term either.
      else if (refused !== "leader-alive" && refused !== "joining") this.observeTerm(request.term);
    }
    shared.outbox.send(from, voteReply(shared, request, refused));
  }

  private vote(candidate: ReplicaId, term: Term): void {
    const { shared } = this;
    if (shared.term === term && shared.votedFor === candidate) return;
    // Who gave its vote away stands back: two candidates would only depose each other.
    this.campaign = undefined;
    if (term > shared.term) this.leaveTerm();
    shared.enterTerm(term, candidate);
  }

  private onVoteReply(from: ReplicaId, reply: VoteReply): void {
    this.observeTerm(reply.term);
    if (this.campaign !== undefined) this.onCampaign(this.campaign.onReply(from, reply));
  }

  private onCampaign(outcome: CampaignOutcome): void {
    if (outcome === "undecided") return;
    this.campaign = undefined;
    if (outcome === "won") this.lead();
  }

  private lead(): void {
    this.follower = undefined;
    this.shared.leader = undefined;
    this.leader = new Leader(this.shared);
    this.shared.outbox.notice("info", "leader selected", { term: this.shared.term, last: this.shared.log.last.index });
  }

  // ------------------------------------------------------------ leading

  private onPropagateReply(from: ReplicaId, reply: PropagateReply): void {
    this.observeTerm(reply.term);
    if (this.leader === undefined || reply.term !== this.leader.leadership.term) return;
    this.leader.leadership.onReply(from, reply);
    this.advance();
  }

  private onDurable(last: LogPosition): void {
    if (!this.shared.log.markDurable(last)) return;
    if (this.leader !== undefined) this.advance();
    // To a leader of a term that this replica has left, as a candidate itself, nothing is acknowledged any more.
    if (this.follower?.term === this.shared.term) {
      this.follower.onDurable();
      this.onFollowed(this.follower);
    }
  }

  private advance(): void {
    const { leader } = this;
    if (leader === undefined) return;
    if (leader.commit()) this.desk.onTermOpened(leader);
    leader.pursueHandOver();
  }

  /** A higher term ends whatever role this replica had in its own. */
  private observeTerm(term: Term): void {
    if (term <= this.shared.term) return;
    this.leaveTerm();
    this.shared.enterTerm(term);
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
    shared.outbox.notice("warn", "leadership ended", { term: shared.term, reason });
  }

  private handOver(): void {
    if (this.leaving !== undefined) return;
    const { now, limits } = this.shared;
    this.leaving = { endsAtMs: now + limits.handOverMs, announced: false };
    this.campaign = undefined;
    if (this.leader !== undefined) this.leader.startHandOver("stopping");
    else this.announceLeaving();
  }

  /** A deposed leader stays until it has heard its successor, which may need its vote. */
  private leaveWhenReplaced(): void {
    if (this.leaving === undefined || this.leaving.announced) return;
    const replaced = this.leader === undefined && this.shared.liveLeader !== undefined;
    if (replaced || this.shared.now >= this.leaving.endsAtMs) this.announceLeaving();
  }

  private announceLeaving(): void {
    if (this.leaving !== undefined) this.leaving.announced = true;
    this.shared.outbox.emit({ type: "handed-over" });
  }

  // ------------------------------------------------------------ starting

  private onBackOnline(from: ReplicaId, message: BackOnline): void {
    const { leader } = this;
    if (!message.joining || leader === undefined) {
      this.answerBackOnline(from, message);
      return;
    }
    leader.leadership.onJoining(from);
    if (!leader.isOpen) return;
    leader.leadership.confirm(() => {
      if (this.leader === leader) this.answerBackOnline(from, message, true);
    }, from);
  }

  private answerBackOnline(from: ReplicaId, message: BackOnline, confirmed = false): void {
    const { shared } = this;
    shared.outbox.send(from, {
      type: "back-online-reply",
      request: message.request,
      position: shared.position(),
      leader: this.leader !== undefined ? shared.id : shared.liveLeader,
      joinIndex: confirmed ? shared.log.last.index : undefined,
    });
  }
}
