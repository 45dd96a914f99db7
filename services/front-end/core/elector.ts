import { assert } from "../../lib/assert.ts";
import type { OrderLimits } from "./limits.ts";
import type { Route } from "./order-events.ts";
import { type Notice, type ReplicaId, type ReplicaStatus, replicaIds } from "./types.ts";

/** What the elector wants sent or told. */
export type ElectorAction =
  | {
      readonly type: "ping";
      readonly replica: ReplicaId;
      readonly ping: number;
      readonly nominee: ReplicaId | undefined;
    }
  | Notice;

/** What is known of one replica. */
interface Peer {
  readonly id: ReplicaId;
  /** The unanswered ping. */
  ping: { readonly number: number; readonly sentAtMs: number } | undefined;
  lastPingAtMs: number;
  /** Its answer to the last ping; none after a failure or a doubt. */
  status: ReplicaStatus | undefined;
  /** When the ping was sent that `status` answers. */
  statusSentAtMs: number;
  /** As last told in the log. */
  reachable: boolean | undefined;
}

/**
 * Finds out who leads, and nominates when nobody does. It never makes a leader:
 * that takes a majority of the replicas, and the newest term that anybody
 * reports wins.
 *
 * While a leader is known each replica is pinged every second. When a call to
 * the leader fails (`doubt`), everybody is asked at once and then every few
 * milliseconds: what was heard before no longer counts.
 */
export class Elector {
  private readonly peers: readonly Peer[];
  private actions: ElectorAction[] = [];
  private pings = 0;
  private current: Route | undefined;
  /** Since when no leader is known; only answers to later pings count for a nomination. */
  private searchingSinceMs: number | undefined;
  /** The selection that is running. */
  private selection: { readonly nominee: ReplicaId; readonly endsAtMs: number } | undefined;
  /** Nominees of this search that brought no leader; another is tried before them. */
  private readonly unsuccessful = new Set<ReplicaId>();
  /** A leader that is known only from others, and since when. */
  private hearsay: { readonly leader: ReplicaId; readonly sinceMs: number } | undefined;
  private told: { leader: ReplicaId; term: number } | undefined;
  private toldNoLeader = false;

  constructor(private readonly limits: OrderLimits) {
    this.peers = replicaIds.map((id) => ({
      id,
      ping: undefined,
      lastPingAtMs: Number.NEGATIVE_INFINITY,
      status: undefined,
      statusSentAtMs: Number.NEGATIVE_INFINITY,
      reachable: undefined,
    }));
  }

  /** Where calls go now; undefined while no leader is known. */
  get route(): Route | undefined {
    return this.current;
  }

  /** The leader says that it serves, or is reached through another, which cannot tell. */
  get isServing(): boolean {
    const route = this.current;
    if (route === undefined) return false;
    return route.via !== route.leader || this.statusOf(route.leader)?.serving === true;
  }

  /** The last status of a replica; undefined if its last ping failed. */
  statusOf(replica: ReplicaId): ReplicaStatus | undefined {
    return this.peer(replica).status;
  }

  takeActions(): ElectorAction[] {
    const actions = this.actions;
    if (actions.length > 0) this.actions = [];
    return actions;
  }

  tick(nowMs: number): void {
    for (const peer of this.peers) {
      if (peer.ping !== undefined && nowMs - peer.ping.sentAtMs >= this.limits.pingTimeoutMs) this.fail(peer);
    }
    this.update(nowMs);
    this.tellNoLeader(nowMs);
  }

  pong(nowMs: number, replica: ReplicaId, ping: number, status: ReplicaStatus): void {
    const peer = this.peer(replica);
    // Too late, or the replica has been doubted since the question.
    if (peer.ping?.number !== ping) return;
    peer.statusSentAtMs = peer.ping.sentAtMs;
    peer.ping = undefined;
    peer.status = status;
    if (peer.reachable === false) this.notice("info", "order replica back", { replica });
    peer.reachable = true;
    this.update(nowMs);
  }

  pingFailed(nowMs: number, replica: ReplicaId, ping: number): void {
    const peer = this.peer(replica);
    if (peer.ping?.number !== ping) return;
    this.fail(peer);
    this.update(nowMs);
  }

  /** A call to the replica failed, or it said that it does not lead: what it said before is void. */
  doubt(nowMs: number, replica: ReplicaId): void {
    const peer = this.peer(replica);
    peer.status = undefined;
    peer.ping = undefined;
    this.update(nowMs);
  }

  private peer(replica: ReplicaId): Peer {
    const peer = this.peers[replica - 1];
    assert(peer !== undefined, `replica ${replica} is one of ${replicaIds.length}`);
    return peer;
  }

  private fail(peer: Peer): void {
    peer.ping = undefined;
    peer.status = undefined;
    if (peer.reachable !== false) this.notice("warn", "order replica unreachable", { replica: peer.id });
    peer.reachable = false;
    if (this.selection?.nominee === peer.id) this.selection = undefined;
  }

  private update(nowMs: number): void {
    this.current = this.findRoute(nowMs);
    if (this.current === undefined) this.search(nowMs);
    else this.settle(this.current);
    const intervalMs = this.pingIntervalMs(nowMs);
    for (const peer of this.peers) {
      if (peer.ping === undefined && nowMs - peer.lastPingAtMs >= intervalMs) this.ask(nowMs, peer, undefined);
    }
  }

  // ------------------------------------------------------------ who leads

  private findRoute(nowMs: number): Route | undefined {
    const claim = this.bestClaim();
    if (claim === undefined || claim.via === claim.leader) {
      this.hearsay = undefined;
      return claim;
    }
    // The leader itself does not say so, or cannot be reached. If it has just
    // fallen, the others notice within their lease: only a claim that lasts is used.
    if (this.hearsay?.leader !== claim.leader) this.hearsay = { leader: claim.leader, sinceMs: nowMs };
    return nowMs - this.hearsay.sinceMs >= this.limits.forwardAfterMs ? claim : undefined;
  }

  /** The newest term wins; within it, the leader's own word before that of others. */
  private bestClaim(): Route | undefined {
    let via: ReplicaId | undefined;
    let best: ReplicaStatus | undefined;
    for (const { id, status } of this.peers) {
      if (status?.leader === undefined) continue;
      const isNewer = best === undefined || status.term > best.term;
      const isFirstHand = status.term === best?.term && status.leader === id;
      if (!isNewer && !isFirstHand) continue;
      via = id;
      best = status;
    }
    return via === undefined || best?.leader === undefined ? undefined : { leader: best.leader, term: best.term, via };
  }

  private settle(route: Route): void {
    this.searchingSinceMs = undefined;
    this.selection = undefined;
    if (this.unsuccessful.size > 0) this.unsuccessful.clear();
    if (this.told?.leader === route.leader && this.told.term === route.term && !this.toldNoLeader) return;
    this.told = { leader: route.leader, term: route.term };
    this.toldNoLeader = false;
    this.notice("info", "leader selected", { ...route });
  }

  // ------------------------------------------------------------ nobody leads

  private search(nowMs: number): void {
    this.searchingSinceMs ??= nowMs;
    if (this.selection !== undefined) {
      if (nowMs < this.selection.endsAtMs) return;
      this.unsuccessful.add(this.selection.nominee);
      this.selection = undefined;
    }
    const nominee = this.findNominee(nowMs, this.searchingSinceMs);
    if (nominee === undefined) return;
    this.selection = { nominee, endsAtMs: nowMs + this.limits.selectionTimeoutMs };
    for (const peer of this.peers) {
      // The nominee must hear it, even if another question to it is open; that one is then void.
      if (peer.ping === undefined || peer.id === nominee) this.ask(nowMs, peer, nominee);
    }
  }

  /**
   * The most advanced log among those that answered since the search began; the
   * lowest id among equals. Nobody, while one of them still knows a leader, or
   * while an answer may be on its way: for a moment if a majority has answered,
   * until it has failed if not. One that was nominated in vain comes after the
   * others: a leader that is cut off from its peers has the most advanced log,
   * and will never win.
   */
  private findNominee(nowMs: number, sinceMs: number): ReplicaId | undefined {
    const answered = this.peers.filter((peer) => peer.status !== undefined && peer.statusSentAtMs >= sinceMs);
    const patienceMs = answered.length * 2 > this.peers.length ? this.limits.stragglerMs : this.limits.pingTimeoutMs;
    const isAwaited = (peer: Peer): boolean => peer.ping !== undefined && nowMs - peer.ping.sentAtMs < patienceMs;
    if (this.peers.some((peer) => !answered.includes(peer) && isAwaited(peer))) return undefined;
    if (answered.some((peer) => peer.status?.leader !== undefined)) return undefined;
    const eligible = answered.filter((peer) => peer.status?.eligible === true);
    const untried = eligible.filter((peer) => !this.unsuccessful.has(peer.id));
    if (untried.length === 0) this.unsuccessful.clear();
    return mostAdvanced(untried.length === 0 ? eligible : untried);
  }

  private pingIntervalMs(nowMs: number): number {
    if (this.searchingSinceMs === undefined) {
      // A leader that is about to serve is asked often: the store opens when it does.
      return this.isServing ? this.limits.pingIntervalMs : this.limits.searchSlowIntervalMs;
    }
    const isEager = nowMs - this.searchingSinceMs < this.limits.searchEagerMs;
    // A search that just began asks everybody at once, whenever they were asked last.
    if (nowMs - this.searchingSinceMs < this.limits.searchIntervalMs) return this.limits.pingGapMs;
    return isEager ? this.limits.searchIntervalMs : this.limits.searchSlowIntervalMs;
  }

  private ask(nowMs: number, peer: Peer, nominee: ReplicaId | undefined): void {
    this.pings += 1;
    peer.ping = { number: this.pings, sentAtMs: nowMs };
    peer.lastPingAtMs = nowMs;
    this.actions.push({ type: "ping", replica: peer.id, ping: this.pings, nominee });
  }

  private tellNoLeader(nowMs: number): void {
    if (this.toldNoLeader || this.searchingSinceMs === undefined) return;
    if (nowMs - this.searchingSinceMs < this.limits.noLeaderNoticeMs) return;
    this.toldNoLeader = true;
    this.notice("warn", "no leader", { forMs: Math.round(nowMs - this.searchingSinceMs) });
  }

  private notice(level: Notice["level"], message: string, details: Notice["details"]): void {
    this.actions.push({ type: "notice", level, message, details });
  }
}

/** The lowest id among equals. */
function mostAdvanced(peers: readonly Peer[]): ReplicaId | undefined {
  let best: (ReplicaStatus & { id: ReplicaId }) | undefined;
  for (const { id, status } of peers) {
    if (status !== undefined && (best === undefined || isMoreAdvanced(status, best))) best = { ...status, id };
  }
  return best?.id;
}

function isMoreAdvanced(one: ReplicaStatus, other: ReplicaStatus): boolean {
  return one.lastTerm === other.lastTerm ? one.lastIndex > other.lastIndex : one.lastTerm > other.lastTerm;
}
