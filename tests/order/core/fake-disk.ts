import type {
  Effect,
  Entry,
  Event,
  LogIndex,
  LogPosition,
  Order,
  OrderNumber,
  Recovered,
  ReplicaId,
  Term,
} from "../../../services/order/core/types.ts";
import { beforeFirst, firstOfGroup, noTerm, ordersPerRead } from "../../../services/order/core/types.ts";
import { keysOf } from "./keys.ts";

type SaveVote = Extract<Effect, { type: "save-vote" }>;
type SaveIdentity = Extract<Effect, { type: "save-identity" }>;

/**
 * A replica's disk in memory. It syncs at once, or, while it stalls, not at all:
 * what is not synced is lost when the replica crashes.
 */
export class FakeDisk {
  stalls = false;
  /** The log as the replica sees it; the first `syncedCount` entries survive a crash. */
  entries: Entry[] = [];
  private syncedCount = 0;
  private identity: { storeId: string; voter: boolean } | undefined;
  private vote: { term: Term; votedFor: ReplicaId | undefined } = { term: noTerm, votedFor: undefined };
  /** Nothing suggests that there ever was data: not so after damage. */
  mayFound = true;
  private saves: (SaveVote | SaveIdentity)[] = [];

  append(entries: readonly Entry[]): void {
    this.entries.push(...entries);
  }

  truncate(after: LogIndex): void {
    this.entries.length = Math.min(this.entries.length, after);
    this.syncedCount = Math.min(this.syncedCount, after);
  }

  save(effect: SaveVote | SaveIdentity): void {
    this.saves.push(effect);
  }

  /** What became durable since the last call, as events. */
  sync(): Event[] {
    if (this.stalls) return [];
    const events = this.saves.map((save) => this.apply(save));
    this.saves = [];
    const last = this.entries.at(-1);
    if (last !== undefined && this.syncedCount < this.entries.length) {
      this.syncedCount = this.entries.length;
      events.push({ type: "log-durable", last: { index: last.index, term: last.term } });
    }
    return events;
  }

  crash(): void {
    this.entries.length = this.syncedCount;
    this.saves = [];
  }

  /** Empties it; `damaged`: it is known that there was data. */
  wipe(damaged = false): void {
    this.entries = [];
    this.syncedCount = 0;
    this.identity = undefined;
    this.vote = { term: noTerm, votedFor: undefined };
    this.mayFound = !damaged;
  }

  read(first: LogIndex, entriesMax: number): Entry[] {
    return this.entries.slice(first - 1, first - 1 + entriesMax);
  }

  group(number: OrderNumber): Order[] {
    const orders = this.entries.flatMap(({ order }) => order ?? []);
    if (orders[number] === undefined) throw new Error(`order ${number} is not in the log`);
    const first = firstOfGroup(number, ordersPerRead);
    return orders.slice(first, first + ordersPerRead);
  }

  recovered(recoveredEntriesMax: number): Recovered | undefined {
    if (this.identity === undefined) return undefined;
    const tail = this.entries.slice(-recoveredEntriesMax);
    const before = this.entries.slice(0, this.entries.length - tail.length).flatMap(({ order }) => order ?? []);
    const last = positionOf(this.entries.at(-1));
    return {
      ...this.identity,
      term: Math.max(this.vote.term, last.term) as Term,
      votedFor: last.term > this.vote.term ? undefined : this.vote.votedFor,
      last,
      orders: this.entries.filter(({ order }) => order !== undefined).length,
      termStarts: this.entries.filter((entry, at) => entry.term !== this.entries[at - 1]?.term).map(positionOf),
      tail,
      keys: keysOf(before),
    };
  }

  private apply(save: SaveVote | SaveIdentity): Event {
    if (save.type === "save-vote") {
      this.vote = { term: save.term, votedFor: save.votedFor };
      return { type: "vote-saved", token: save.token };
    }
    this.identity = { storeId: save.storeId, voter: save.voter };
    return { type: "identity-saved", token: save.token };
  }
}

function positionOf(entry: Entry | undefined): LogPosition {
  return entry === undefined ? { index: beforeFirst, term: noTerm } : { index: entry.index, term: entry.term };
}
