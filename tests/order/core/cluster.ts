import { defaultLimits, type Limits } from "../../../services/order/core/limits.ts";
import type {
  Call,
  CallerId,
  Effect,
  Event,
  Order,
  PeerMessage,
  ReplicaId,
  Reply,
  Term,
} from "../../../services/order/core/types.ts";
import { FakeCatalog } from "./fake-catalog.ts";
import { replica } from "./names.ts";
import { type CatalogEffect, Node, type World } from "./node.ts";

/** A message between two replicas. */
export interface Letter {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly message: PeerMessage;
}

/** What somebody who called waits for. */
export class Answer {
  reply: Reply | undefined;

  get code(): Reply["code"] | undefined {
    return this.reply?.code;
  }

  get number(): number | undefined {
    return this.reply?.order?.number;
  }
}

type OpenCatalog = Extract<Effect, { type: "open-catalog" }>;
type CatalogWorkEffect = Extract<Effect, { type: "catalog-work" }>;

interface CatalogStream {
  readonly term: Term;
  readonly session: number;
}

/** Takes part of the log with it: without such letters leaders live but replicate nothing. */
export function carriesEntries({ message }: Letter): boolean {
  return (message.type === "propagate" || message.type === "missing-reply") && message.entries.length > 0;
}

const ids = [1, 2, 3].map(replica);
/** Callers from this one on are replicas that forward, each start of each with another. */
const forwardersFrom = 1_000_000;

/**
 * Three replicas, a catalog and the network between them, in one thread. Messages
 * arrive at once unless `loses` says otherwise; time passes only in `run`.
 */
export class Cluster implements World {
  readonly catalog: FakeCatalog = new FakeCatalog();
  nowMs = 1000;
  /** Which messages are lost. */
  loses: (letter: Letter) => boolean = () => false;
  /** Which replicas cannot reach the catalog. */
  readonly withoutCatalog = new Set<number>();
  private readonly isolated = new Set<number>();
  private readonly nodes: Map<number, Node>;
  private readonly answers = new Map<CallerId, Answer>();
  private readonly forwarders = new Map<number, CallerId>(ids.map((id) => [id, (forwardersFrom + id) as CallerId]));
  private readonly catalogStreams = new Map<number, CatalogStream>();
  private callers = 0;
  private nextProbeMs = 0;

  constructor(limits: Partial<Limits> = {}) {
    const all = { ...defaultLimits, ...limits };
    const node = (id: ReplicaId): Node => {
      const peers = ids.filter((peer) => peer !== id);
      return new Node(id, peers, all, this);
    };
    this.nodes = new Map(ids.map((id) => [id, node(id)]));
    this.catalog.stock("Tux", 100);
  }

  /** Three new replicas that have founded a store, and lead by replica 1, with an open catalog. */
  static serving(limits: Partial<Limits> = {}): Cluster {
    const cluster = new Cluster(limits);
    for (const id of ids) cluster.node(id).start();
    cluster.run(500);
    cluster.elect(1);
    return cluster;
  }

  node(id: number): Node {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`there is no replica ${id}`);
    return node;
  }

  /** Orders in a replica's log. */
  orders(id: number): Order[] {
    return this.node(id).disk.entries.flatMap((entry) => entry.order ?? []);
  }

  /** The one replica that says that it leads and serves. */
  get leader(): number | undefined {
    const running = [...this.nodes.values()].filter((node) => node.isRunning && !node.isPaused);
    return running.find((node) => node.status(this.nowMs).serving)?.id;
  }

  // ------------------------------------------------------------ time

  /** Everything that follows at once. */
  settle(): void {
    for (let turns = 0; turns < 100_000; turns++) {
      const busy = [...this.nodes.values()].filter((node) => node.turn(this.nowMs));
      if (busy.length === 0) return;
    }
    throw new Error("the replicas never come to rest");
  }

  /** Lets time pass, tick by tick. */
  run(ms: number): void {
    const end = this.nowMs + ms;
    this.settle();
    while (this.nowMs < end) {
      this.nowMs += defaultLimits.tickMs;
      if (this.nowMs >= this.nextProbeMs) this.probe();
      for (const node of this.nodes.values()) if (!node.isPaused) node.tell({ type: "tick" });
      this.settle();
    }
  }

  /** The number of a leader's present catalog session. */
  sessionOf(id: number): number {
    const stream = this.catalogStreams.get(id);
    if (stream === undefined) throw new Error(`replica ${id} has no catalog session`);
    return stream.session;
  }

  nominate(id: number): void {
    this.node(id).tell({ type: "nominate", nominee: replica(id) });
    this.settle();
  }

  /** Nominates until the replica serves. */
  elect(id: number): void {
    for (let tries = 0; tries < 40 && this.leader !== id; tries++) {
      this.nominate(id);
      this.run(50);
    }
    if (this.leader !== id) throw new Error(`replica ${id} was not elected`);
  }

  // ------------------------------------------------------------ faults

  crash(id: number): void {
    this.node(id).crash();
    this.catalogStreams.delete(id);
    this.disconnect(id);
    const caller = this.forwarders.get(id) as CallerId;
    for (const node of this.nodes.values()) node.tell({ type: "caller-gone", caller });
    this.forwarders.set(id, (caller + ids.length) as CallerId);
    this.settle();
  }

  restart(id: number): void {
    if (this.node(id).isRunning) this.crash(id);
    this.node(id).start();
    this.run(20);
  }

  pause(id: number): void {
    this.node(id).isPaused = true;
  }

  resume(id: number): void {
    this.node(id).isPaused = false;
  }

  /** Cuts the replica off from the others, not from the catalog. */
  isolate(id: number): void {
    this.isolated.add(id);
    this.disconnect(id);
    this.settle();
  }

  heal(): void {
    this.isolated.clear();
    this.loses = () => false;
  }

  /** Nobody reaches the catalog any more, until `catalog.isUp`; it forgets nothing. */
  cutCatalog(): void {
    this.catalog.isUp = false;
    for (const [id, { session }] of this.catalogStreams) this.node(id).tell({ type: "catalog-closed", session });
    this.catalogStreams.clear();
    this.settle();
  }

  /** The catalog loses its memory, and its settles from that number on. */
  crashCatalog(settledBelow?: number): void {
    this.catalog.crash(settledBelow);
    this.cutCatalog();
  }

  startCatalog(): void {
    this.catalog.isUp = true;
    this.run(300);
  }

  // ------------------------------------------------------------ calls

  buy(at: number, key: string, body: { product?: string; quantity?: number; budgetMs?: number } = {}): Answer {
    const { product = "Tux", quantity = 1, budgetMs = 3000 } = body;
    return this.call(at, { type: "buy", id: 1, key, product, quantity, budgetMs, forwarded: false });
  }

  check(at: number, order: number | string): Answer {
    const call = { id: 1, forwarded: false };
    if (typeof order === "number") return this.call(at, { ...call, type: "check-number", number: order });
    return this.call(at, { ...call, type: "check-key", key: order });
  }

  call(at: number, ...calls: Call[]): Answer {
    const caller = ++this.callers as CallerId;
    const answer = new Answer();
    this.answers.set(caller, answer);
    this.node(at).tell({ type: "calls", caller, calls });
    this.settle();
    return answer;
  }

  // ------------------------------------------------------------ what the nodes ask for

  send(from: ReplicaId, to: ReplicaId, message: PeerMessage): void {
    const isCut = this.isolated.has(from) || this.isolated.has(to);
    if (isCut || this.loses({ from, to, message })) return;
    this.node(to).tell({ type: "peer", from, message });
  }

  forward(from: ReplicaId, { to, calls }: Extract<Effect, { type: "forward" }>): void {
    const isCut = this.isolated.has(from) || this.isolated.has(to);
    if (isCut || !this.node(to).isRunning) this.node(from).tell({ type: "forwarding-lost", to });
    else this.node(to).tell({ type: "calls", caller: this.forwarders.get(from) as CallerId, calls });
  }

  reply(from: ReplicaId, caller: CallerId, replies: readonly Reply[]): void {
    if (caller >= forwardersFrom) {
      // What is meant for an earlier start of that replica finds nobody.
      const forwarder = ids.find((id) => this.forwarders.get(id) === caller);
      if (forwarder !== undefined) this.node(forwarder).tell({ type: "forwarded-replies", from, replies });
      return;
    }
    const answer = this.answers.get(caller);
    if (answer === undefined || answer.reply !== undefined) throw new Error("a call is answered once");
    answer.reply = replies[0];
  }

  callCatalog(from: ReplicaId, effect: CatalogEffect): void {
    const tell = (event: Event): void => this.node(from).tell(event);
    if (effect.type === "close-catalog") this.catalogStreams.delete(from);
    else if (effect.type === "open-catalog") this.openCatalog(from, effect, tell);
    else this.workAtCatalog(from, effect, tell);
  }

  private openCatalog(from: ReplicaId, effect: OpenCatalog, tell: (event: Event) => void): void {
    const { term, session } = effect;
    const opened: Event = this.withoutCatalog.has(from)
      ? { type: "catalog-closed", session }
      : this.catalog.open(effect);
    if (opened.type === "catalog-opened") this.catalogStreams.set(from, { term, session });
    tell(opened);
  }

  private workAtCatalog(from: ReplicaId, { session, work }: CatalogWorkEffect, tell: (event: Event) => void): void {
    const stream = this.catalogStreams.get(from);
    if (stream?.session !== session) return;
    this.catalog.work(stream.term, session, work, (answer) => {
      if (this.catalogStreams.get(from) === stream) tell(answer);
    });
  }

  private disconnect(id: number): void {
    for (const node of this.nodes.values()) {
      if (node.id === id) continue;
      node.tell({ type: "propagate-closed", leader: replica(id) });
      node.tell({ type: "follower-lost", follower: replica(id) });
      node.tell({ type: "forwarding-lost", to: replica(id) });
    }
  }

  private probe(): void {
    this.nextProbeMs = this.nowMs + 1000;
    for (const { id } of this.nodes.values()) {
      const reachable = this.catalog.isUp && !this.withoutCatalog.has(id);
      this.node(id).tell({ type: "catalog-reachable", reachable });
    }
  }
}
