import type { Effect, Event, LogPosition, OrderGroup } from "../../../services/order/core/types.ts";
import type { ReplicaDisk } from "../disk/replica-disk.ts";
import type { DiskWorker } from "./disk-worker.ts";
import { Calling } from "./surroundings.ts";

/** The replica as its disk knows it. */
export interface DiskOwner {
  readonly disk: ReplicaDisk;
  readonly worker: DiskWorker;
  after(delayMs: number, arrival: Calling): void;
  /** Tells the core; waits while the process is stopped. */
  admitEvent(event: Event): void;
  /** Lines from index `first` to `last` are on the platter. */
  onSynced(first: number, last: number): void;
  onVoter(): void;
  found(storeId: string): void;
  broken(error: unknown): void;
}

type Of<Type extends Effect["type"]> = Extract<Effect, { type: Type }>;

const markSyncMs = 1000;

/** What a replica's store does: group commit, cuts, the small files, and reads. */
export class DiskSide {
  private syncing = false;
  private markTimer = false;

  constructor(private readonly owner: DiskOwner) {}

  reset(): void {
    this.syncing = false;
    this.markTimer = false;
  }

  /** Writes and syncs what is queued, and what is queued meanwhile with the next group. */
  write(): void {
    const { disk, worker } = this.owner;
    if (this.syncing || !disk.hasWork) return;
    this.syncing = true;
    const position = disk.write();
    worker.sync("log", () => this.onWritten(position));
  }

  saveVote({ term, votedFor, token }: Of<"save-vote">): void {
    const { disk, worker } = this.owner;
    worker.sync("files", () => {
      disk.saveVote(term, votedFor);
      this.owner.admitEvent({ type: "vote-saved", token });
    });
  }

  saveIdentity({ storeId, voter, token }: Of<"save-identity">): void {
    const { disk, worker } = this.owner;
    worker.sync("files", () => {
      if (disk.identity === undefined) this.owner.found(storeId);
      disk.saveIdentity(voter);
      if (voter) this.owner.onVoter();
      this.owner.admitEvent({ type: "identity-saved", token });
    });
  }

  readEntries({ token, first, entriesMax }: Of<"read-entries">): void {
    const { disk, worker } = this.owner;
    if (first < 1 || entriesMax < 1) return this.owner.broken(`a read of ${entriesMax} entries from ${first} on`);
    worker.sync("files", () => {
      this.owner.admitEvent({ type: "entries-read", token, entries: disk.entries(first, entriesMax) });
    });
  }

  readOrders(effect: Of<"read-orders">): void {
    const { disk, worker } = this.owner;
    worker.sync("files", () => {
      const reads: OrderGroup[] = [];
      for (const { token, number } of effect.reads) {
        const orders = disk.group(number);
        if (!orders.some((order) => order.number === number)) {
          return this.owner.broken(`order ${number} is not in the log`);
        }
        reads.push({ token, orders });
      }
      this.owner.admitEvent({ type: "orders-read", reads });
    });
  }

  private onWritten(position: LogPosition): void {
    const { disk } = this.owner;
    const { synced } = disk;
    this.syncing = false;
    const isKept = disk.onSynced(position);
    this.owner.onSynced(synced + 1, disk.synced);
    if (isKept) this.owner.admitEvent({ type: "log-durable", last: position });
    if (!this.markTimer) this.owner.after(markSyncMs, this.markSyncing);
    this.markTimer = true;
    this.write();
  }

  private readonly markSyncing = new Calling(() => {
    const { disk, worker } = this.owner;
    this.markTimer = false;
    worker.sync("files", () => disk.syncMark());
  });
}
