import type { Call, ReplicaId, Reply } from "../../../services/order/core/types.ts";
import { Stream } from "../network/stream.ts";
import type { CallsStream, ReplicaNode } from "./replica-node.ts";

interface Route {
  readonly to: ReplicaId;
  readonly stream: CallsStream;
  silentBeats: number;
}

/** RpcLimits.silentBeatsMax of the adapters. */
const silentBeatsMax = 4;

/** Calls that a replica passes on to the one that leads. */
export class ForwardingSide {
  private readonly routes = new Map<ReplicaId, Route>();

  constructor(private readonly node: ReplicaNode) {}

  reset(): void {
    this.routes.clear();
  }

  forward(to: ReplicaId, calls: readonly Call[]): void {
    const route = this.routes.get(to) ?? this.open(to);
    route?.stream.sendUp(calls);
  }

  beat(): void {
    for (const route of this.routes.values()) {
      if (++route.silentBeats <= silentBeatsMax) continue;
      route.stream.closeFromOpener();
      this.lose(route);
    }
  }

  private open(to: ReplicaId): Route | undefined {
    const leader = this.node.peers.find((peer) => peer.id === to);
    if (leader === undefined) return undefined;
    const stream: CallsStream = new Stream(
      this.node.surroundings.network,
      this.node,
      leader,
      {
        onMessage: (replies: readonly Reply[]) => this.onReplies(route, replies),
        onClosed: () => this.lose(route),
      },
      (accepted: CallsStream) => leader.acceptCalls(accepted),
    );
    const route: Route = { to, stream, silentBeats: 0 };
    this.routes.set(to, route);
    return route;
  }

  private onReplies(route: Route, replies: readonly Reply[]): void {
    route.silentBeats = 0;
    if (replies.length > 0) this.node.take({ type: "forwarded-replies", from: route.to, replies });
  }

  private lose(route: Route): void {
    if (this.routes.get(route.to) !== route) return;
    this.routes.delete(route.to);
    this.node.take({ type: "forwarding-lost", to: route.to });
  }
}
