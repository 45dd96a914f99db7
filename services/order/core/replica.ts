import { unreachable } from "../../lib/assert.ts";
import type { Random } from "../../lib/random.ts";
import { Desk } from "./desk.ts";
import type { Limits } from "./limits.ts";
import { Log } from "./log.ts";
import { Membership } from "./membership.ts";
import { MissingEntries } from "./missing-entries.ts";
import { Roles } from "./roles.ts";
import { Shared } from "./shared.ts";
import type { BackOnline, Core, Effect, Event, PeerMessage, Recovered, ReplicaId, Status, Term } from "./types.ts";
import { noTerm } from "./types.ts";

export interface ReplicaOptions {
  readonly id: ReplicaId;
  /** The other replicas. */
  readonly peers: readonly ReplicaId[];
  /** What the disk held; undefined: nothing, or nothing that may be used. */
  readonly recovered: Recovered | undefined;
  /** Nothing suggests that this replica ever held data: it may found a store. */
  readonly mayFound: boolean;
  readonly newStoreId: () => string;
  /** In production what nobody can guess: keys are told apart by it. */
  readonly random: Random;
  readonly limits: Limits;
}

export function createReplica(options: ReplicaOptions): Core {
  return new Replica(options);
}

/** One order replica: takes each event to the part that it concerns. */
class Replica implements Core {
  private readonly shared: Shared;
  private readonly membership: Membership;
  private readonly missing: MissingEntries;
  private readonly desk: Desk;
  private readonly roles: Roles;
  /** Set once this replica is to leave: it stands for no election any more. */
  private leaving: { readonly endsAtMs: number; announced: boolean } | undefined;

  constructor(options: ReplicaOptions) {
    const { id, peers, limits, random, recovered } = options;
    this.shared = new Shared(id, peers, limits, random, new Log(recovered, limits, random));
    this.shared.term = recovered?.term ?? noTerm;
    this.shared.votedFor = recovered?.votedFor;
    this.shared.voter = recovered?.voter ?? false;
    this.shared.storeId = recovered?.storeId;
    const { mayFound, newStoreId } = options;
    this.membership = new Membership(this.shared, { mayFound, newStoreId, hasData: recovered !== undefined });
    this.missing = new MissingEntries(this.shared);
    this.desk = new Desk(this.shared);
    this.roles = new Roles(this.shared, this.desk, this.membership);
  }

  step(nowMs: number, event: Event): void {
    this.shared.now = nowMs;
    this.roles.checkLease();
    this.handle(event);
  }

  drain(nowMs: number): Effect[] {
    this.shared.now = nowMs;
    this.roles.flush();
    this.desk.forwarding.flush();
    return this.shared.outbox.take();
  }

  status(nowMs: number): Status {
    this.shared.now = nowMs;
    const { id, term, log, voter, storeId, liveLeader } = this.shared;
    const { leader } = this.roles;
    const leads = leader !== undefined && !leader.hasLostMajority;
    return {
      id,
      term,
      last: log.last,
      commitIndex: log.committed,
      leader: leads ? id : liveLeader,
      eligible: voter && this.membership.isEstablished && this.leaving === undefined,
      storeId,
      serving: leads && leader.isServing,
    };
  }

  private handle(event: Event): void {
    const { shared, roles, desk } = this;
    const { leader } = roles;
    switch (event.type) {
      case "tick":
        return this.onTick();
      case "peer":
        return this.onPeer(event.from, event.message);
      case "propagate-closed":
        if (shared.leader?.id === event.leader) shared.leader.stands = false;
        return;
      case "follower-lost":
        return leader?.leadership.onLost(event.follower);
      case "calls":
        for (const call of event.calls) desk.onCall(event.caller, call, leader);
        return;
      case "caller-gone":
        // What it asked for goes on: its retry, with the same key, finds the outcome.
        return;
      case "forwarded-replies":
        return desk.forwarding.onReplies(event.from, event.replies);
      case "forwarding-lost":
        return desk.forwarding.onLost(event.to);
      case "nominate":
        if (event.nominee === shared.id) this.stand(noTerm);
        return;
      case "log-durable":
        return roles.onDurable(event.last);
      case "vote-saved":
        return shared.outbox.onVoteSaved(event.token);
      case "identity-saved":
        return this.membership.onSaved(event.token);
      case "entries-read":
        if (this.missing.onRead(event.token, event.entries, leader !== undefined)) return;
        return leader?.session.onRead(event.token, event.entries);
      case "orders-read":
        for (const group of event.reads) desk.lookups.onRead(group);
        return;
      case "catalog-opened":
        return leader?.session.onOpened(event);
      case "catalog-replies":
        return leader?.session.onReplies(event.session, event.replies);
      case "catalog-closed":
        return leader?.session.onClosed(event.session);
      case "catalog-reachable":
        shared.catalogReachable = event.reachable;
        return;
      case "hand-over":
        return this.handOver();
      default:
        return unreachable(event);
    }
  }

  private onTick(): void {
    this.membership.onTick();
    this.missing.onTick(this.roles.leader !== undefined);
    this.roles.onTick();
    this.desk.onTick();
    this.leaveWhenReplaced();
  }

  private onPeer(from: ReplicaId, message: PeerMessage): void {
    const { roles } = this;
    if (message.type === "back-online") return this.onBackOnline(from, message);
    if (message.type === "back-online-reply") return this.membership.onReply(from, message);
    // Without files of its own a replica can promise nothing.
    if (!this.membership.isEstablished) return;
    switch (message.type) {
      case "propagate":
        return roles.onPropagate(from, message);
      case "propagate-reply":
        return roles.onPropagateReply(from, message);
      case "vote-request":
        return roles.onVoteRequest(from, message);
      case "vote-reply":
        return roles.onVoteReply(from, message);
      case "nominate":
        return this.stand(message.consentTerm);
      case "missing-request":
        roles.observeTerm(message.term);
        return this.missing.onRequest(from, message, roles.leader !== undefined);
      case "missing-reply":
        return roles.onMissingReply(from, message);
      default:
        return unreachable(message);
    }
  }

  // ------------------------------------------------------------ starting

  private onBackOnline(from: ReplicaId, message: BackOnline): void {
    const { leader } = this.roles;
    if (!message.joining || leader === undefined) {
      this.answerBackOnline(from, message);
      return;
    }
    leader.leadership.onJoining(from);
    leader.leadership.confirm(() => {
      if (this.roles.leader === leader) this.answerBackOnline(from, message, true);
    }, from);
  }

  private answerBackOnline(from: ReplicaId, message: BackOnline, confirmed = false): void {
    const { shared } = this;
    shared.outbox.send(from, {
      type: "back-online-reply",
      request: message.request,
      position: shared.position(),
      leader: this.roles.leader !== undefined ? shared.id : shared.liveLeader,
      joinIndex: confirmed ? shared.log.last.index : undefined,
    });
  }

  // ------------------------------------------------------------ leaving

  private stand(consentTerm: Term): void {
    if (this.leaving === undefined) this.roles.stand(consentTerm);
  }

  private handOver(): void {
    if (this.leaving !== undefined) return;
    const { now, limits } = this.shared;
    this.leaving = { endsAtMs: now + limits.handOverMs, announced: false };
    this.shared.isLeaving = true;
    this.roles.giveUpCampaign();
    if (this.roles.leader !== undefined) this.roles.leader.startHandOver("stopping");
    else this.announceLeaving();
  }

  /** A deposed leader stays until it has heard its successor, which may need its vote. */
  private leaveWhenReplaced(): void {
    if (this.leaving === undefined || this.leaving.announced) return;
    const replaced = this.roles.leader === undefined && this.shared.liveLeader !== undefined;
    if (replaced || this.shared.now >= this.leaving.endsAtMs) this.announceLeaving();
  }

  private announceLeaving(): void {
    if (this.leaving !== undefined) this.leaving.announced = true;
    this.shared.outbox.emit({ type: "handed-over" });
  }
}
