import { type Client, createClient } from "@connectrpc/connect";
import { type CallBatch, OrderService, type ReplyBatch } from "../../../gen/toystore/order/v1/order_pb.ts";
import type { ReplicaId, ReplicaStatus, Reply, SentCall } from "../core/types.ts";
import type { CallsPort, ReplicaPort } from "../ports.ts";
import type { Connection } from "./connection.ts";
import { fromPingResponse, fromReply, toCall } from "./order-messages.ts";
import { openStream } from "./stream.ts";

/**
 * One order replica over Connect. Pings have a connection of their own: they are
 * to tell how the replica is, not how full its Calls stream is, and a ping that
 * failed must not tear calls down.
 */
export class OrderClient implements ReplicaPort {
  private readonly pinger: Client<typeof OrderService>;
  private readonly caller: Client<typeof OrderService>;

  constructor(
    private readonly pings: Connection,
    private readonly calls: Connection,
    private readonly pingTimeoutMs: number,
  ) {
    this.pinger = createClient(OrderService, pings.transport);
    this.caller = createClient(OrderService, calls.transport);
  }

  async ping(nominee: ReplicaId | undefined): Promise<ReplicaStatus> {
    try {
      const response = await this.pinger.ping({ pingNumber: nominee ?? 0 }, { timeoutMs: this.pingTimeoutMs });
      return fromPingResponse(response);
    } catch (error) {
      this.pings.reset();
      throw error;
    }
  }

  openCalls(onReplies: (replies: readonly Reply[]) => void, onLost: () => void): CallsPort {
    const stream = openStream<CallBatch, ReplyBatch>(
      (requests, options) => this.caller.calls(requests, options),
      (batch) => onReplies(batch.replies.map(fromReply)),
      () => {
        this.calls.reset();
        onLost();
      },
    );
    const send = (calls: readonly SentCall[]): void =>
      stream.send({ $typeName: "toystore.order.v1.CallBatch", calls: calls.map(toCall) });
    const close = (): void => {
      stream.close();
      // It is closed because the replica failed: what carried it is not to be trusted either.
      this.calls.reset();
    };
    return { send, close };
  }
}
