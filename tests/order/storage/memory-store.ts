import { assert } from "../../../services/lib/assert.ts";
import {
  beforeFirst,
  type Entry,
  firstOfGroup,
  type LogIndex,
  type LogPosition,
  noTerm,
  type Order,
  type OrderNumber,
  ordersPerRead,
  type Recovered,
  type ReplicaId,
  type Term,
} from "../../../services/order/core/types.ts";
import type { Found, ReplicaStore } from "../../../services/order/storage/store.ts";
import { keysOf } from "../core/keys.ts";

/** What a replica's disk holds, as plain values: survives its process, and the machine. */
export interface MemoryDisk {
  entries: readonly Entry[];
  vote: { readonly term: Term; readonly votedFor: ReplicaId | undefined };
  /** Undefined until there is a store. */
  identity: { readonly storeId: string; readonly voter: boolean } | undefined;
}

export function emptyDisk(): MemoryDisk {
  return { entries: [], vote: { term: noTerm, votedFor: undefined }, identity: undefined };
}

/**
 * The replica's storage without files: the model that the file store is compared
 * with. Writes are queued, in order, until `sync`, which happens by itself at the
 * end of the turn unless `manual`. A store that is dropped before loses them.
 */
export class MemoryStore implements ReplicaStore {
  readonly found: Found;
  /** The log with what is queued. */
  private entries: readonly Entry[];
  private identity: MemoryDisk["identity"];
  private queue: (() => void)[] = [];
  private reported = 0;
  private committedIndex = 0;

  constructor(
    private readonly disk: MemoryDisk,
    private readonly options: {
      readonly onDurable: (last: LogPosition) => void;
      readonly manual?: boolean;
      readonly recoveredEntriesMax?: number;
    },
  ) {
    this.entries = disk.entries;
    this.identity = disk.identity;
    this.reported = disk.entries.length;
    const recovered = this.recovered();
    this.found = recovered === undefined ? { recovered, mayFound: true } : { recovered };
  }

  /** Everything that is queued becomes durable. */
  sync(): void {
    const { queue } = this;
    this.queue = [];
    for (const write of queue) write();
    const last = positionOf(this.disk.entries.at(-1));
    if (last.index > this.reported) {
      this.reported = last.index;
      this.options.onDurable(last);
    }
  }

  append(entries: readonly Entry[]): void {
    assert(this.identity !== undefined, "a log needs an identity first");
    assert(entries[0] === undefined || entries[0].index === this.entries.length + 1, "entries are consecutive");
    this.entries = [...this.entries, ...entries];
    this.write(() => {
      this.disk.entries = [...this.disk.entries, ...entries];
    });
  }

  truncate(after: LogIndex): void {
    assert(after >= this.committedIndex, "a committed entry is never cut");
    this.entries = this.entries.slice(0, after);
    this.reported = Math.min(this.reported, after);
    this.write(() => {
      this.disk.entries = this.disk.entries.slice(0, after);
    });
  }

  committed(index: LogIndex): void {
    this.committedIndex = Math.max(this.committedIndex, index);
  }

  saveVote(term: Term, votedFor: ReplicaId | undefined): Promise<void> {
    if (this.identity === undefined) assert(votedFor === undefined, "a replica without identity does not vote");
    return this.written(() => {
      this.disk.vote = { term, votedFor };
    });
  }

  saveIdentity(storeId: string, voter: boolean): Promise<void> {
    this.identity = { storeId, voter };
    return this.written(() => {
      this.disk.identity = { storeId, voter };
    });
  }

  readEntries(first: LogIndex, entriesMax: number): Promise<Entry[]> {
    return Promise.resolve(this.entries.slice(first - 1, first - 1 + entriesMax));
  }

  async readGroups(numbers: readonly OrderNumber[]): Promise<Order[][]> {
    const orders = this.entries.flatMap(({ order }) => order ?? []);
    return numbers.map((number) => {
      assert(orders[number] !== undefined, "an order that is asked for is in the log");
      const first = firstOfGroup(number, ordersPerRead);
      return orders.slice(first, first + ordersPerRead);
    });
  }

  close(): Promise<void> {
    this.sync();
    return Promise.resolve();
  }

  private write(write: () => void): void {
    this.queue.push(write);
    if (this.options.manual !== true && this.queue.length === 1) queueMicrotask(() => this.sync());
  }

  private written(write: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.write(() => {
        write();
        resolve();
      });
    });
  }

  private recovered(): Recovered | undefined {
    const { entries, vote, identity } = this.disk;
    if (identity === undefined) return undefined;
    const last = positionOf(entries.at(-1));
    const overtaken = last.term > vote.term;
    const tail = entries.slice(-(this.options.recoveredEntriesMax ?? 65_536));
    return {
      ...identity,
      term: overtaken ? last.term : vote.term,
      votedFor: overtaken ? undefined : vote.votedFor,
      last,
      orders: entries.filter(({ order }) => order !== undefined).length,
      termStarts: entries.filter(({ term, index }) => term !== entries[index - 2]?.term).map(positionOf),
      tail,
      keys: keysOf(entries.slice(0, -tail.length).flatMap(({ order }) => order ?? [])),
    };
  }
}

function positionOf(entry: Entry | undefined): LogPosition {
  return entry === undefined ? { index: beforeFirst, term: noTerm } : { index: entry.index, term: entry.term };
}
