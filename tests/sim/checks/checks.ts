import type { Change, Image } from "../../../services/catalog/core/types.ts";
import type { HistoryObserver } from "../clients/history.ts";
import type { WorldLog } from "../kernel/world-log.ts";
import type { CatalogObserver } from "../nodes/catalog-node.ts";
import type { FrontNode, FrontObserver } from "../nodes/front-node.ts";
import type { ReplicaNode, ReplicaObserver } from "../nodes/replica-node.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { CommittedLog } from "./committed-log.ts";
import { FreshReads } from "./fresh-reads.ts";
import { Leases } from "./leases.ts";
import { Stock } from "./stock.ts";

/** All checks that look on while a run goes on. */
export class Checks implements ReplicaObserver, CatalogObserver, FrontObserver {
  readonly committed: CommittedLog;
  readonly stock: Stock;
  readonly acknowledgements: Acknowledgements;
  private readonly reads: FreshReads;
  private readonly leases: Leases;

  constructor(
    log: WorldLog,
    private readonly nowMs: () => number,
  ) {
    const fail = (check: string, message: string): void => log.fail(check, message);
    this.committed = new CommittedLog(fail);
    this.stock = new Stock(this.committed, fail);
    this.acknowledgements = new Acknowledgements(this.committed, fail);
    this.reads = new FreshReads(fail);
    this.leases = new Leases(fail);
  }

  get ofClients(): readonly HistoryObserver[] {
    return [this.acknowledgements, this.reads];
  }

  onStarted(replica: ReplicaNode): void {
    this.committed.onStarted(replica.id);
    this.onSynced(replica, 1, replica.disk.synced);
    if (replica.disk.identity?.voter === true) this.onVoter(replica);
  }

  onVoter(replica: ReplicaNode): void {
    this.committed.onVoter(replica.id, replica.disk.synced);
  }

  onSynced(replica: ReplicaNode, first: number, last: number): void {
    const from = Math.max(first, this.committed.lines.length + 1);
    for (let index = from; index <= last; index++) {
      const line = replica.disk.lines[index - 1]?.text;
      if (line !== undefined) this.committed.onSynced(replica.id, index, line);
    }
  }

  onTurn(replica: ReplicaNode): void {
    const { disk, id, name } = replica;
    const commitIndex = replica.status()?.commitIndex ?? 0;
    this.committed.onCommitted({ id, name, commitIndex, line: (index) => disk.queued[index - 1]?.text });
  }

  onStart(image: Image): void {
    this.stock.onStart(image);
    this.reads.onStart(image);
  }

  onChanges(changes: readonly Change[]): void {
    for (const change of changes) {
      this.stock.onChange(change);
      this.reads.onChange(change);
    }
  }

  onLease(front: FrontNode, untilMs: number): void {
    this.leases.onLease(front.name, untilMs);
  }

  onCachedRead(front: FrontNode): void {
    this.leases.onCachedRead(front.name, this.nowMs());
  }
}
