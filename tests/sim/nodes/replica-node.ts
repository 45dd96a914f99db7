import { unreachable } from "../../../services/lib/assert.ts";
import { createReplica } from "../../../services/order/core/replica.ts";
import type {
  Call,
  CallerId,
  Core,
  Effect,
  Event,
  PeerMessage,
  ReplicaId,
  Reply,
  Status,
} from "../../../services/order/core/types.ts";
import { openReplicaDisk } from "../disk/open-replica-disk.ts";
import type { ReplicaDisk, RestingFiles } from "../disk/replica-disk.ts";
import { type End, filesAfter } from "../disk/rest.ts";
import { SimProcess } from "../kernel/sim-process.ts";
import type { Stream, StreamEnd } from "../network/stream.ts";
import type { CatalogNode } from "./catalog-node.ts";
import { CatalogSide } from "./catalog-side.ts";
import { DiskSide } from "./disk-side.ts";
import { DiskWorker } from "./disk-worker.ts";
import { ForwardingSide } from "./forwarding-side.ts";
import { PeerSide } from "./peer-side.ts";
import { pledgeOf } from "./pledge.ts";
import type { ReplicaObserver } from "./replica-observer.ts";
import { Calling, type Surroundings, Taking } from "./surroundings.ts";

export type CallsStream = Stream<readonly Call[], readonly Reply[]>;

const tick: Event = { type: "tick" };
const beatMs = 100;
/** The log is looked at, and found whole or not, before anything else happens. */
const openLowMs = 1;
const openHighMs = 20;

/** An order replica: the shipping core, and around it what its driver and adapters do. */
export class ReplicaNode extends SimProcess {
  peers: readonly ReplicaNode[] = [];
  /** The store is new: nothing anywhere suggests that it held data. */
  mayFound = true;
  disk: ReplicaDisk;
  readonly worker: DiskWorker;
  private core: Core | undefined;
  private files: RestingFiles | undefined;
  private draining = false;
  private readonly callers = new Map<CallerId, CallsStream>();
  private lastCaller = 0;
  private readonly diskSide: DiskSide;
  private readonly peerSide: PeerSide;
  private readonly catalogSide: CatalogSide;
  private readonly forwardingSide: ForwardingSide;

  constructor(
    place: number,
    readonly id: ReplicaId,
    readonly surroundings: Surroundings,
    readonly catalog: CatalogNode,
    private readonly observer: ReplicaObserver,
    /** The process ends by itself: its disk failed, or it has handed over. */
    private readonly onEnding: (node: ReplicaNode, why: "disk" | "handed over") => void,
  ) {
    super(place, `replica ${id}`, surroundings.timeline);
    this.disk = openReplicaDisk(undefined, 0).disk;
    this.worker = new DiskWorker(this, surroundings, () => onEnding(this, "disk"));
    this.diskSide = new DiskSide(this);
    this.peerSide = new PeerSide(this);
    this.catalogSide = new CatalogSide(this);
    this.forwardingSide = new ForwardingSide(this);
  }

  // ------------------------------------------------------------ life

  /** Ends the process; the disk keeps what it would. */
  end(how: End): void {
    if (this.core !== undefined) this.files = filesAfter(this.disk, how, this.surroundings.dice.disk);
    if (how === "kill") this.closeConnections();
    else this.isDark = true;
    this.stop();
  }

  /** The system closes what the process had open, and whoever is at the other end learns it. */
  private closeConnections(): void {
    this.surroundings.network.closeAllOf(this);
    this.peerSide.abandon();
    for (const peer of this.peers) this.surroundings.network.send(this, peer, new Calling(() => peer.losePeer(this)));
  }

  /** What is on its disk, while it is down. */
  get restingFiles(): RestingFiles | undefined {
    return this.files;
  }

  /** Someone did something to the disk while the replica was down. */
  replaceFiles(files: RestingFiles | undefined): void {
    this.files = files;
  }

  protected boot(): void {
    const { dice } = this.surroundings;
    this.worker.reset();
    this.after(dice.disk.between(openLowMs, openHighMs), new Calling(() => this.open()));
  }

  protected halt(): void {
    this.core = undefined;
    this.draining = false;
    this.diskSide.reset();
    this.callers.clear();
    this.peerSide.reset();
    this.catalogSide.reset();
    this.forwardingSide.reset();
  }

  private open(): void {
    const { orderLimits, dice, log, planted } = this.surroundings;
    const opened = openReplicaDisk(planted.files(this, this.files), orderLimits.cutEntriesMax);
    this.disk = opened.disk;
    if (opened.damage !== undefined) this.mayFound = false;
    const { index, term } = opened.disk.last;
    if (log.tells) this.tell(opened.damage ?? `starts with entry ${index} of term ${term}`);
    this.observer.onStarted(this);
    const core = createReplica({
      id: this.id,
      peers: this.peers.map((peer) => peer.id),
      recovered: planted.recovered(this, opened.recovered),
      mayFound: this.mayFound && opened.recovered === undefined,
      newStoreId: () => "store",
      random: dice.cores,
      limits: orderLimits,
    });
    this.core = planted.replicaCore(this, core);
    this.tick();
    this.beat();
  }

  // ------------------------------------------------------------ turns

  take(event: Event): void {
    if (this.core === undefined) return;
    try {
      this.core.step(this.localMs, event);
    } catch (error) {
      this.broken(error);
      return;
    }
    if (this.draining) return;
    this.draining = true;
    const { dice, machines } = this.surroundings;
    this.after(dice.turns.skewed(0.01, machines.turnHighMs), this.drainSoon);
  }

  status(): Status | undefined {
    return this.core?.status(this.localMs);
  }

  private readonly drainSoon = new Calling(() => this.drain());

  private drain(): void {
    if (this.core === undefined) return;
    this.draining = false;
    try {
      const effects = this.core.drain(this.localMs);
      if (effects.length === 0) return;
      for (const effect of effects) {
        this.perform(effect);
        // One of them was its end.
        if (this.core === undefined) return;
      }
    } catch (error) {
      this.broken(error);
      return;
    }
    this.observer.onTurn(this);
  }

  broken(error: unknown): void {
    this.surroundings.log.fail("an invariant of the code holds", `${this.name}: ${String(error)}`);
  }

  /** A turn of its own: nothing else has happened at this very moment. */
  private tick(): void {
    this.draining = true;
    this.take(tick);
    this.drain();
    this.after(this.surroundings.tickMs, this.ticking);
  }

  private readonly ticking = new Calling(() => this.tick());

  private beat(): void {
    for (const stream of this.callers.values()) stream.sendDown([]);
    this.peerSide.beat();
    this.catalogSide.beat();
    this.forwardingSide.beat();
    this.after(beatMs, this.beating);
  }

  private readonly beating = new Calling(() => this.beat());

  // ------------------------------------------------------------ effects

  private perform(effect: Effect): void {
    switch (effect.type) {
      case "append":
        this.disk.append(effect.entries);
        return this.diskSide.write();
      case "truncate":
        this.disk.truncate(effect.after);
        return this.diskSide.write();
      case "save-vote":
        return this.surroundings.planted.saveVote(this, effect);
      case "save-identity":
        return this.diskSide.saveIdentity(effect);
      case "send":
        return this.send(effect.to, effect.message);
      case "reply":
        return this.callers.get(effect.caller)?.sendDown(effect.replies);
      case "forward":
        return this.forwardingSide.forward(effect.to, effect.calls);
      case "open-catalog":
        return this.catalogSide.open(effect.storeId, effect.term, effect.session);
      case "close-catalog":
        return this.catalogSide.close();
      case "catalog-work":
        return this.catalogSide.work(effect.session, effect.work);
      case "read-entries":
        return this.diskSide.readEntries(effect);
      case "read-orders":
        return this.diskSide.readOrders(effect);
      case "handed-over":
        return this.onEnding(this, "handed over");
      case "notice":
        if (this.surroundings.log.tells) this.tell(`${effect.message} ${JSON.stringify(effect.details)}`);
        return;
      default:
        return unreachable(effect);
    }
  }

  private send(to: ReplicaId, message: PeerMessage): void {
    const pledge = pledgeOf(this.id, to, message);
    if (pledge !== undefined) this.observer.onPledge(this, pledge);
    this.peerSide.send(to, message);
  }

  onSynced(first: number, last: number): void {
    this.observer.onSynced(this, first, last);
  }

  onVoter(): void {
    this.observer.onVoter(this);
  }

  found(storeId: string): void {
    this.disk.found(storeId, this.id);
  }

  /** The vote on its way to the disk. */
  saveVote(effect: Extract<Effect, { type: "save-vote" }>): void {
    this.diskSide.saveVote(effect);
  }

  /** What the system tells the process; it waits if that is stopped. */
  admitEvent(event: Event): void {
    this.admit(this.run, new Taking(this, event));
  }

  // ------------------------------------------------------------ what others do with it

  hearFrom(peer: ReplicaNode, message: PeerMessage): void {
    if (message.type.endsWith("-reply")) this.peerSide.heard(peer.id);
    this.take({ type: "peer", from: peer.id, message });
  }

  /** The connection to a peer broke. */
  losePeer(peer: ReplicaNode): void {
    if (this.isUp) this.peerSide.lose(peer);
  }

  /** A Calls stream of a front-end or of another replica. */
  acceptCalls(stream: CallsStream): StreamEnd<readonly Call[]> | undefined {
    if (this.core === undefined) return undefined;
    const caller = ++this.lastCaller as CallerId;
    this.callers.set(caller, stream);
    return {
      onMessage: (calls) => this.take({ type: "calls", caller, calls }),
      onClosed: () => {
        this.callers.delete(caller);
        this.take({ type: "caller-gone", caller });
      },
    };
  }

  tell(what: string): void {
    this.surroundings.log.tell(this.name, what);
  }
}
