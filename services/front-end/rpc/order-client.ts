import { type Client, createClient } from "@connectrpc/connect";
import { OrderService } from "../../../gen/toystore/order/v1/order_pb.ts";
import { openDuplex } from "../../lib/duplex.ts";
import type { Connection } from "../../lib/rpc-client.ts";
import type { Origin, ReplicaId, ReplicaStatus, Reply, SentCall } from "../core/types.ts";
import type { CallsPort, ReplicaPort } from "../ports.ts";
import { fromPingResponse, fromReplyBatch, toCallBatch } from "./order-messages.ts";

/** Batches not yet taken by the connection; more means that the replica has stopped reading. */
const unsentMax = 4096;

/**
 * One order replica over Connect. Pings have a connection of their own: they are
 * to tell how the replica is, not how full its Calls stream is, and a ping that
 * failed must not tear calls down.
 */
export class OrderClient implements ReplicaPort {
  private readonly pinger: Client<typeof OrderService>;

  constructor(
    private readonly pings: Connection,
    private readonly calls: Connection,
    private readonly pingTimeoutMs: number,
  ) {
    this.pinger = createClient(OrderService, pings.transport);
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
    const stream = openDuplex({
      transport: this.calls.transport,
      method: OrderService.method.calls,
      weightMax: unsentMax,
      onMessage: (batch) => onReplies(fromReplyBatch(batch)),
      onEnd: () => {
        this.calls.reset();
        onLost();
      },
    });
    const send = (origin: Origin, calls: readonly SentCall[]): void => void stream.send(toCallBatch(origin, calls));
    const close = (): void => {
      stream.close();
      // It is closed because the replica failed: what carried it is not to be trusted either.
      this.calls.reset();
    };
    return { send, close };
  }
}
