import { type CallBatch, OrderService, type ReplyBatch } from "../../../gen/toystore/order/v1/order_pb.ts";
import { type Duplex, openDuplex } from "../../lib/duplex.ts";
import type { Connection } from "../../lib/rpc-client.ts";
import type { Call, ReplicaId } from "../core/types.ts";
import type { Beat } from "./beat.ts";
import type { RpcLimits } from "./limits.ts";
import type { Replica } from "./replica.ts";
import { toForwardedCall } from "./translate/calls.ts";
import { malformed } from "./translate/numbers.ts";
import { fromReplyBatch } from "./translate/replies.ts";

/** A Calls stream to one replica that leads, or led. */
interface Route {
  readonly stream: Duplex<CallBatch>;
  /** Calls that it has not answered. */
  readonly open: Map<number, Call>;
  silentBeats: number;
  idleBeats: number;
}

/** Calls that came here, passed on to the leader. */
export class Forwarding {
  private readonly routes = new Map<ReplicaId, Route>();

  constructor(
    private readonly connections: ReadonlyMap<ReplicaId, Connection>,
    private readonly replica: Replica,
    private readonly limits: RpcLimits,
    beat: Beat,
  ) {
    beat.onBeat(() => this.beat());
  }

  forward(to: ReplicaId, calls: readonly Call[]): void {
    const connection = this.connections.get(to);
    if (connection === undefined) return this.tellLost(to);
    let route = this.routes.get(to);
    if (route === undefined) {
      route = this.openRoute(to, connection);
      this.routes.set(to, route);
    }
    for (const call of calls) route.open.set(call.id, call);
    route.idleBeats = 0;
    const { callsPerBatchMax } = this.limits;
    for (let at = 0; at < calls.length; at += callsPerBatchMax) {
      const part = calls.slice(at, at + callsPerBatchMax).map(toForwardedCall);
      route.stream.send({ $typeName: "toystore.order.v1.CallBatch", calls: part }, part.length);
    }
  }

  close(): void {
    for (const route of this.routes.values()) route.stream.close();
    this.routes.clear();
    for (const connection of this.connections.values()) connection.reset();
  }

  private openRoute(to: ReplicaId, { transport }: Connection): Route {
    const open = new Map<number, Call>();
    const stream = openDuplex({
      transport,
      method: OrderService.method.calls,
      weightMax: this.limits.forwardedCallsMax,
      onMessage: (batch) => this.onReplies(to, route, batch),
      onEnd: () => {
        this.routes.delete(to);
        this.tellLost(to);
      },
    });
    const route: Route = { stream, open, silentBeats: 0, idleBeats: 0 };
    return route;
  }

  private onReplies(to: ReplicaId, route: Route, batch: ReplyBatch): void {
    route.silentBeats = 0;
    const replies = fromReplyBatch(batch, (id) => {
      const call = route.open.get(id);
      if (call === undefined) throw malformed(`a reply to ${id}, which is not open`);
      route.open.delete(id);
      return call;
    });
    if (replies.length > 0) this.replica.take({ type: "forwarded-replies", from: to, replies });
  }

  private beat(): void {
    for (const [to, route] of this.routes) {
      if (++route.silentBeats > this.limits.silentBeatsMax) this.lose(to, route);
      else if (route.open.size > 0) route.idleBeats = 0;
      else if (++route.idleBeats > this.limits.idleBeatsMax) this.drop(to, route);
    }
  }

  private drop(to: ReplicaId, route: Route): void {
    route.stream.close();
    this.routes.delete(to);
  }

  private lose(to: ReplicaId, route: Route): void {
    this.drop(to, route);
    this.connections.get(to)?.reset();
    this.tellLost(to);
  }

  private tellLost(to: ReplicaId): void {
    this.replica.take({ type: "forwarding-lost", to });
  }
}
