import { type Random, seededRandom } from "../../../services/lib/random.ts";
import type { Limits } from "../../../services/order/core/limits.ts";
import { createReplica } from "../../../services/order/core/replica.ts";
import type {
  CallerId,
  Core,
  Effect,
  Event,
  PeerMessage,
  ReplicaId,
  Reply,
} from "../../../services/order/core/types.ts";
import { FakeDisk } from "./fake-disk.ts";

export type CatalogEffect = Extract<Effect, { type: "open-catalog" | "close-catalog" | "catalog-work" }>;

/** What a node needs of the world between the nodes. */
export interface World {
  send(from: ReplicaId, to: ReplicaId, message: PeerMessage): void;
  forward(from: ReplicaId, effect: Extract<Effect, { type: "forward" }>): void;
  reply(from: ReplicaId, caller: CallerId, replies: readonly Reply[]): void;
  callCatalog(from: ReplicaId, effect: CatalogEffect): void;
}

export type Notice = Extract<Effect, { type: "notice" }>;

/** One replica with its disk: a driver in which everything happens at once, or when told. */
export class Node {
  readonly disk = new FakeDisk();
  readonly notices: Notice[] = [];
  isPaused = false;
  handedOver = false;
  /** Reads of the disk stay unanswered until this is false again. */
  holdsReads = false;
  private reads: Event[] = [];
  private core: Core | undefined;
  private inbox: Event[] = [];
  private readonly random: Random;

  constructor(
    readonly id: ReplicaId,
    private readonly peers: readonly ReplicaId[],
    private readonly limits: Limits,
    private readonly world: World,
  ) {
    this.random = seededRandom(id);
  }

  get isRunning(): boolean {
    return this.core !== undefined;
  }

  start(): void {
    this.isPaused = false;
    this.handedOver = false;
    this.core = createReplica({
      id: this.id,
      peers: this.peers,
      recovered: this.disk.recovered(this.limits.cutEntriesMax),
      mayFound: this.disk.mayFound,
      newStoreId: () => "store-1",
      random: this.random,
      limits: this.limits,
    });
  }

  /** What was not synced is lost. */
  crash(): void {
    this.core = undefined;
    this.inbox = [];
    this.reads = [];
    this.disk.crash();
  }

  /** Not taken before the node runs and is not paused. */
  tell(event: Event): void {
    if (this.isRunning) this.inbox.push(event);
  }

  status(nowMs: number): ReturnType<Core["status"]> {
    if (this.core === undefined) throw new Error(`replica ${this.id} is down`);
    return this.core.status(nowMs);
  }

  /** Takes what has come and does what follows; true if there was anything. */
  turn(nowMs: number): boolean {
    const { core } = this;
    if (core === undefined || this.isPaused) return false;
    const events = this.inbox;
    this.inbox = [];
    for (const event of events) core.step(nowMs, event);
    const effects = core.drain(nowMs);
    for (const effect of effects) this.perform(effect);
    const done = this.disk.sync();
    if (!this.holdsReads) done.push(...this.reads.splice(0));
    this.inbox.push(...done);
    return events.length + effects.length + done.length > 0;
  }

  private perform(effect: Effect): void {
    const { disk, world, id } = this;
    switch (effect.type) {
      case "append":
        return disk.append(effect.entries);
      case "truncate":
        return disk.truncate(effect.after);
      case "save-vote":
      case "save-identity":
        return disk.save(effect);
      case "send":
        return world.send(id, effect.to, effect.message);
      case "reply":
        return world.reply(id, effect.caller, effect.replies);
      case "forward":
        return world.forward(id, effect);
      case "open-catalog":
      case "close-catalog":
      case "catalog-work":
        return world.callCatalog(id, effect);
      case "read-entries": {
        const entries = disk.read(effect.first, effect.entriesMax);
        this.reads.push({ type: "entries-read", token: effect.token, entries });
        return;
      }
      case "read-orders":
        this.reads.push({
          type: "orders-read",
          reads: effect.reads.map(({ token, number }) => ({ token, orders: disk.group(number) })),
        });
        return;
      case "handed-over":
        this.handedOver = true;
        return;
      case "notice":
        this.notices.push(effect);
        return;
    }
  }
}
