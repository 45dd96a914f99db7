import type { Change, Image, Key, Position } from "../../../services/catalog/core/types.ts";
import type { HistoryObserver } from "../clients/history.ts";
import type { WorldLog } from "../kernel/world-log.ts";
import type { FrontNode, FrontObserver } from "../nodes/front-node.ts";
import type { ReplicaNode } from "../nodes/replica-node.ts";
import type { ReplicaObserver } from "../nodes/replica-observer.ts";
import type { CatalogObserver } from "../nodes/stock-watch.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { CommittedLog } from "./committed-log.ts";
import { FreshReads } from "./fresh-reads.ts";
import { Leases } from "./leases.ts";
import { type Pledge, Promises } from "./promises.ts";
import { Stock } from "./stock.ts";
import type { Restock } from "./stock-model.ts";

/** All checks that look on while a run goes on. */
export class Checks implements ReplicaObserver, CatalogObserver, FrontObserver {
  readonly committed: CommittedLog;
  readonly stock: Stock;
  readonly acknowledgements: Acknowledgements;
  readonly restocks: Restock[] = [];
  private readonly reads: FreshReads;
  private readonly leases: Leases;
  private readonly promises: Promises;

  constructor(
    log: WorldLog,
    private readonly nowMs: () => number,
    /** Where the clients' history has come to: after its last event, before the next. */
    private readonly place: () => number,
  ) {
    const fail = (check: string, message: string): void => log.fail(check, message);
    this.committed = new CommittedLog(fail, (order) => this.stock.onOrder(order));
    this.stock = new Stock(this.committed, fail);
    this.acknowledgements = new Acknowledgements(this.committed, fail);
    this.reads = new FreshReads(fail);
    this.leases = new Leases(fail);
    this.promises = new Promises(fail);
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

  onPledge(replica: ReplicaNode, pledge: Pledge): void {
    this.promises.onPledge(replica.name, pledge, replica.disk);
  }

  onTurn(replica: ReplicaNode): void {
    const { disk, id, name } = replica;
    const status = replica.status();
    if (status === undefined) return;
    const { commitIndex, leader, term } = status;
    if (leader === id) this.promises.onLeader(term, name, replica.run);
    if (commitIndex === this.committed.checkedOf(id)) return;
    this.committed.onCommitted({ id, name, commitIndex, line: (index) => disk.queued[index - 1]?.text });
  }

  onStart(image: Image): void {
    this.stock.onStart(image);
  }

  onChanges(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.type === "restock") this.restocks.push({ ...change, at: this.place() });
      this.stock.onChange(change);
    }
  }

  onDurable(position: Position): void {
    this.stock.onDurable(position);
  }

  onStock(product: string, version: number, onHand: number): void {
    this.reads.onStock(product, version, onHand);
  }

  onReserved(key: Key, version: number): void {
    this.reads.onReserved(key, version);
  }

  onLease(front: FrontNode, untilMs: number): void {
    this.leases.onLease(front.name, untilMs);
  }

  onCachedRead(front: FrontNode): void {
    this.leases.onCachedRead(front.name, this.nowMs());
  }
}
