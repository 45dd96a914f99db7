import type {
  CallerId,
  CatalogWork,
  Effect,
  Entry,
  Key,
  LogIndex,
  Order,
  OrderNumber,
  OrderRead,
  PeerMessage,
  ReplicaId,
  Reply,
  Reserve,
  Term,
} from "./types.ts";

/** Orders read by one effect: the first answers do not wait for many. */
const readsMax = 64;

/**
 * Effects since the last drain, in order, neighbours of one kind merged.
 *
 * Messages to peers are promises made in a term. While the term and vote behind
 * them are not yet synced they are held back, all of them, in order: a replica
 * that forgot in a crash what it had said could say the opposite.
 */
export class Outbox {
  private effects: Effect[] = [];
  private replies = new Map<CallerId, Reply[]>();
  private held: { readonly to: ReplicaId; readonly message: PeerMessage }[] = [];
  private voteToken = 0;
  private voteSaved = 0;
  private tokens = 0;

  /** A number for an effect whose answer comes back as an event. */
  nextToken(): number {
    return ++this.tokens;
  }

  emit(effect: Effect): void {
    this.effects.push(effect);
  }

  notice(level: "info" | "warn" | "error", message: string, details: Readonly<Record<string, unknown>> = {}): void {
    this.emit({ type: "notice", level, message, details });
  }

  send(to: ReplicaId, message: PeerMessage): void {
    if (this.voteSaved < this.voteToken) this.held.push({ to, message });
    else this.emit({ type: "send", to, message });
  }

  reply(caller: CallerId, reply: Reply): void {
    const replies = this.replies.get(caller);
    if (replies === undefined) this.replies.set(caller, [reply]);
    else replies.push(reply);
  }

  append(entry: Entry): void {
    const last = this.effects.at(-1);
    if (last?.type === "append") (last.entries as Entry[]).push(entry);
    else this.emit({ type: "append", entries: [entry] });
  }

  /** Returns the token of the answer. */
  readOrder(number: OrderNumber): number {
    const token = this.nextToken();
    const last = this.effects.at(-1);
    if (last?.type === "read-orders" && last.reads.length < readsMax)
      (last.reads as OrderRead[]).push({ token, number });
    else this.emit({ type: "read-orders", reads: [{ token, number }] });
    return token;
  }

  truncate(after: LogIndex): void {
    this.emit({ type: "truncate", after });
  }

  saveVote(term: Term, votedFor: ReplicaId | undefined): void {
    this.voteToken = this.nextToken();
    this.emit({ type: "save-vote", token: this.voteToken, term, votedFor });
  }

  /** Once the newest vote is synced, what was held back is released. */
  onVoteSaved(token: number): void {
    this.voteSaved = Math.max(this.voteSaved, token);
    if (this.voteSaved < this.voteToken) return;
    const held = this.held;
    this.held = [];
    for (const { to, message } of held) this.emit({ type: "send", to, message });
  }

  catalogWork(session: number, work: CatalogWork): void {
    this.emit({ type: "catalog-work", session, work });
  }

  take(): Effect[] {
    const effects = this.effects;
    this.effects = [];
    if (this.replies.size === 0) return effects;
    for (const [caller, replies] of this.replies) effects.push({ type: "reply", caller, replies });
    this.replies.clear();
    return effects;
  }
}

/** What the next message to the catalog will carry. */
export class WorkBatch {
  settles: Order[] = [];
  returns: Key[] = [];
  reserves: Reserve[] = [];

  get isEmpty(): boolean {
    return this.settles.length === 0 && this.returns.length === 0 && this.reserves.length === 0;
  }
}
