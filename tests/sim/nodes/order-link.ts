import type {
  Reply as FrontReply,
  Origin,
  ReplicaId,
  SentCall,
  StreamId,
} from "../../../services/front-end/core/types.ts";
import type { Call, Reply, Status } from "../../../services/order/core/types.ts";
import { Stream } from "../network/stream.ts";
import type { FrontNode } from "./front-node.ts";
import type { CallsStream } from "./replica-node.ts";
import { Calling } from "./surroundings.ts";

/** What a front-end's adapters do towards the order replicas: pings and the Calls stream. */
export class OrderLink {
  private current: { readonly id: StreamId; readonly stream: CallsStream } | undefined;

  constructor(private readonly front: FrontNode) {}

  reset(): void {
    this.current = undefined;
  }

  /** Asks how a replica is; a refused connection fails at once, silence is the elector's to notice. */
  ping(id: ReplicaId, ping: number, nominee: ReplicaId | undefined): void {
    const { front } = this;
    const { network } = front.surroundings;
    const replica = front.replica(id);
    const { run } = front;
    const answer = (status: Status | undefined): void => {
      if (front.run !== run) return;
      network.send(replica, front, new Calling(() => this.onPong(id, ping, status)));
    };
    if (!replica.isUp) {
      if (!replica.isDark && !network.isCut(front, replica)) answer(undefined);
      return;
    }
    const asked = new Calling(() => {
      if (nominee !== undefined) replica.take({ type: "nominate", nominee });
      answer(replica.status());
    });
    network.send(front, replica, asked);
  }

  private onPong(replica: ReplicaId, ping: number, status: Status | undefined): void {
    if (status === undefined) {
      this.front.takeOrder({ type: "ping-failed", replica, ping });
      return;
    }
    const { term, last, commitIndex, leader, eligible, storeId, serving } = status;
    this.front.takeOrder({
      type: "pong",
      replica,
      ping,
      status: {
        term,
        lastIndex: last.index,
        lastTerm: last.term,
        commitIndex,
        leader,
        eligible,
        storeId,
        serving,
      },
    });
  }

  open(id: ReplicaId, streamId: StreamId): void {
    const { front } = this;
    const replica = front.replica(id);
    const stream: CallsStream = new Stream(
      front.surroundings.network,
      front,
      replica,
      {
        onMessage: (replies: readonly Reply[]) =>
          front.takeOrder({ type: "replies", stream: streamId, replies: replies.map(toFrontReply) }),
        onClosed: () => front.takeOrder({ type: "calls-lost", stream: streamId }),
      },
      (accepted: CallsStream) => replica.acceptCalls(accepted),
    );
    this.current = { id: streamId, stream };
  }

  send(stream: StreamId, origin: Origin, calls: readonly SentCall[]): void {
    if (this.current?.id === stream) this.current.stream.sendUp(calls.map((call) => toCall(call, origin)));
  }

  close(stream: StreamId): void {
    if (this.current?.id !== stream) return;
    this.current.stream.closeFromOpener();
    this.current = undefined;
  }
}

function toCall({ id, call, budgetMs }: SentCall, origin: Origin): Call {
  return call.type === "buy" ? { ...call, id, budgetMs, forwarded: false, origin } : { ...call, id, forwarded: false };
}

function toFrontReply({ id, call, code, order, group }: Reply): FrontReply {
  return { id, code, orderNumber: call === "buy" && code === "ok" ? (order?.number ?? -1) : -1, order, group };
}
