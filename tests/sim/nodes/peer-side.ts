import type { PeerMessage, ReplicaId, Term } from "../../../services/order/core/types.ts";
import type { Arrival } from "../kernel/sim-process.ts";
import type { ReplicaNode } from "./replica-node.ts";
import { Taking } from "./surroundings.ts";

/** The connection to one peer that carries what is asked of it. */
interface Link {
  readonly peer: ReplicaNode;
  /** The Propagate stream that is open; the peer's run that it was opened to. */
  propagation: { readonly term: Term; readonly peerRun: number } | undefined;
  asked: boolean;
  silentBeats: number;
}

/** RpcLimits.peerSilentBeatsMax of the adapters. */
const silentBeatsMax = 10;

/**
 * Messages between replicas. The protocol allows each to be lost, so they go one
 * by one; of the Propagate stream its ends are kept: each side learns that the
 * other is gone, or that the connection broke.
 */
export class PeerSide {
  private links: Map<ReplicaId, Link> | undefined;

  constructor(private readonly node: ReplicaNode) {}

  reset(): void {
    this.links = undefined;
  }

  send(to: ReplicaId, message: PeerMessage): void {
    const link = this.link(to);
    const { network } = this.node.surroundings;
    network.send(this.node, link.peer, new PeerDelivery(this.node, link.peer, message));
    if (message.type.endsWith("-reply")) return;
    link.asked = true;
    if (message.type === "propagate") this.openPropagation(link, message.term);
  }

  heard(from: ReplicaId): void {
    const link = this.link(from);
    link.asked = false;
    link.silentBeats = 0;
  }

  /** A peer that says nothing gets a new connection. */
  beat(): void {
    for (const link of this.all().values()) {
      link.silentBeats = link.asked ? link.silentBeats + 1 : 0;
      if (link.silentBeats < silentBeatsMax) continue;
      link.asked = false;
      link.silentBeats = 0;
      this.breakPropagation(link);
    }
  }

  /** The connection to a peer broke, or the peer is gone. */
  lose(peer: ReplicaNode): void {
    this.breakPropagation(this.link(peer.id));
  }

  /** This process ends, and with it its streams. */
  abandon(): void {
    for (const link of this.all().values()) if (link.propagation !== undefined) this.tellFollower(link);
  }

  private openPropagation(link: Link, term: Term): void {
    const { peer } = link;
    if (!peer.isUp && !peer.isDark) {
      // Refused: the answer comes as fast as one.
      link.propagation = { term, peerRun: peer.run };
      const { network } = this.node.surroundings;
      network.send(peer, this.node, new Taking(this.node, { type: "follower-lost", follower: peer.id }));
    } else if (link.propagation?.term !== term || link.propagation.peerRun !== peer.run) {
      link.propagation = { term, peerRun: peer.run };
    }
  }

  private breakPropagation(link: Link): void {
    if (link.propagation === undefined) return;
    link.propagation = undefined;
    this.tellFollower(link);
    this.node.admitEvent({ type: "follower-lost", follower: link.peer.id });
  }

  private tellFollower({ peer }: Link): void {
    const { network } = this.node.surroundings;
    network.send(this.node, peer, new Taking(peer, { type: "propagate-closed", leader: this.node.id }));
  }

  private link(to: ReplicaId): Link {
    const link = this.all().get(to);
    if (link === undefined) throw new Error(`replica ${to} is not a peer`);
    return link;
  }

  private all(): Map<ReplicaId, Link> {
    this.links ??= new Map(
      this.node.peers.map((peer) => [peer.id, { peer, propagation: undefined, asked: false, silentBeats: 0 }]),
    );
    return this.links;
  }
}

class PeerDelivery implements Arrival {
  constructor(
    private readonly from: ReplicaNode,
    private readonly to: ReplicaNode,
    private readonly message: PeerMessage,
  ) {}

  arrive(): void {
    this.to.hearFrom(this.from, this.message);
  }
}
