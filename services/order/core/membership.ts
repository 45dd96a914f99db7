import { randomInt } from "../../lib/random.ts";
import type { Shared } from "./shared.ts";
import type { BackOnline, BackOnlineReply, LogIndex, ReplicaId, Term } from "./types.ts";

/**
 * How a starting replica finds its place.
 *
 *   member   has data of its own; announces its position once to each peer
 *   asking   has none; must hear from every peer before anything else
 *   joining  a peer has data: this one was wiped, or lags behind the founding.
 *            It stays out of every majority until it holds all that a leader had,
 *            at a confirmation by a majority without it, that began after it asked
 *   saving   the new standing is being synced
 */
type Standing =
  | { readonly name: "member" }
  | { readonly name: "asking" }
  | { readonly name: "joining"; target: { readonly term: Term; readonly index: LogIndex } | undefined }
  | { readonly name: "saving"; readonly token: number };

export class Membership {
  private standing: Standing;
  /** Questions of this run have numbers above this random one: late answers to an earlier run do not fit. */
  private readonly requestsFrom: number;
  private request: number;
  private saved: boolean;
  private askingSinceMs: number | undefined;
  private lonelinessTold = false;
  private nextAskMs = -Infinity;
  private readonly replies = new Map<ReplicaId, BackOnlineReply>();

  constructor(
    private readonly shared: Shared,
    private readonly options: {
      readonly mayFound: boolean;
      readonly newStoreId: () => string;
      readonly hasData: boolean;
    },
  ) {
    this.requestsFrom = randomInt(shared.random, 2 ** 40);
    this.request = this.requestsFrom;
    this.saved = options.hasData;
    if (!options.hasData) this.standing = { name: "asking" };
    else if (shared.voter) this.standing = { name: "member" };
    else this.standing = { name: "joining", target: undefined };
  }

  get isJoining(): boolean {
    return this.standing.name === "joining";
  }

  /** Log, vote and identity are on the disk: terms and entries can be taken in. */
  get isEstablished(): boolean {
    return this.saved;
  }

  onTick(): void {
    const { now, limits } = this.shared;
    if (now < this.nextAskMs || this.standing.name === "saving") return;
    if (this.standing.name === "member" && this.replies.size === this.shared.peers.length) return;
    this.nextAskMs = now + limits.backOnlineMs;
    this.ask();
    if (this.standing.name === "asking") this.tellWhatIsMissing();
  }

  /** An answer to a question of this run: older ones say nothing about now. */
  onReply(from: ReplicaId, reply: BackOnlineReply): void {
    if (reply.request > this.request || reply.request <= this.requestsFrom) return;
    if ((this.replies.get(from)?.request ?? 0) > reply.request) return;
    this.replies.set(from, reply);
    if (this.standing.name === "asking") this.decide();
    else if (this.standing.name === "joining") this.onJoinReply(reply);
  }

  /** `held`: what this replica has, synced, of the log of the leader of `term`. */
  onProgress(term: Term, held: LogIndex): void {
    if (this.standing.name !== "joining") return;
    const { target } = this.standing;
    if (target === undefined || target.term !== term || held < target.index) return;
    const { storeId } = this.shared;
    if (storeId !== undefined) this.save(storeId);
  }

  /** The replica is established; a voter, if that is what was saved. */
  onSaved(token: number): void {
    this.saved = true;
    if (this.standing.name !== "saving" || this.standing.token !== token) return;
    this.shared.voter = true;
    this.standing = { name: "member" };
  }

  private ask(): void {
    const message: BackOnline = {
      type: "back-online",
      request: ++this.request,
      position: this.shared.position(),
      joining: this.isJoining,
    };
    for (const peer of this.shared.peers) {
      if (this.standing.name === "member" && this.replies.has(peer)) continue;
      this.shared.outbox.send(peer, message);
    }
  }

  private tellWhatIsMissing(): void {
    const { now, limits, outbox, peers } = this.shared;
    this.askingSinceMs ??= now;
    if (this.lonelinessTold || now - this.askingSinceMs < limits.lonelyNoticeMs) return;
    this.lonelinessTold = true;
    const unheard = peers.filter((peer) => !this.replies.has(peer));
    if (unheard.length > 0) outbox.notice("warn", "no data here: waiting for the other replicas", { unheard });
    else if (!this.options.mayFound)
      outbox.notice("error", "damaged here, and no peer has data: nothing is founded anew");
  }

  private decide(): void {
    const replies = [...this.replies.values()];
    const withData = replies.find((reply) => reply.position.hasData && reply.position.storeId !== undefined);
    if (withData?.position.storeId !== undefined) {
      this.join(withData.position.storeId);
      return;
    }
    if (!this.options.mayFound || replies.length < this.shared.peers.length) return;
    if (replies.some((reply) => reply.position.hasData)) return;
    const founded = replies.find((reply) => reply.position.storeId !== undefined)?.position.storeId;
    const { id, peers } = this.shared;
    if (founded !== undefined) this.save(founded);
    else if (peers.every((peer) => id < peer)) this.save(this.options.newStoreId());
  }

  private join(storeId: string): void {
    const { outbox } = this.shared;
    this.standing = { name: "joining", target: undefined };
    this.shared.storeId = storeId;
    this.nextAskMs = -Infinity;
    outbox.emit({ type: "save-identity", token: outbox.nextToken(), storeId, voter: false });
    outbox.notice("warn", "no data here but at a peer: joining as a wiped replica", { storeId });
  }

  private onJoinReply(reply: BackOnlineReply): void {
    if (reply.joinIndex === undefined || this.standing.name !== "joining") return;
    this.standing.target = { term: reply.position.term, index: reply.joinIndex };
  }

  private save(storeId: string): void {
    const { outbox } = this.shared;
    const joined = this.standing.name === "joining";
    const token = outbox.nextToken();
    this.shared.storeId = storeId;
    this.standing = { name: "saving", token };
    outbox.emit({ type: "save-identity", token, storeId, voter: true });
    outbox.notice("info", joined ? "caught up: a voter again" : "store founded", { storeId });
  }
}
