import { type Client, createClient, createRouterTransport } from "@connectrpc/connect";
import { OrderService } from "../../../gen/toystore/order/v1/order_pb.ts";
import type { Order, OrderNumber, Reply } from "../../../services/order/core/types.ts";
import { BeatSource } from "../../../services/order/rpc/beat.ts";
import { Callers } from "../../../services/order/rpc/callers.ts";
import { defaultRpcLimits } from "../../../services/order/rpc/limits.ts";
import { OrderServer } from "../../../services/order/rpc/order-service.ts";
import { FakeReplica, replica1 } from "./fake-replica.ts";

/** A replica of which only the way in is real, and a client of it. */
export interface Served {
  readonly replica: FakeReplica;
  readonly callers: Callers;
  readonly beat: BeatSource;
  readonly server: OrderServer;
  readonly client: Client<typeof OrderService>;
}

export function serveOrders(limits = defaultRpcLimits): Served {
  const replica = new FakeReplica(replica1);
  const callers = new Callers();
  const beat = new BeatSource();
  const server = new OrderServer(replica, callers, limits, beat);
  const client = createClient(
    OrderService,
    createRouterTransport((router) => router.service(OrderService, server)),
  );
  return { replica, callers, beat, server, client };
}

export const order: Order = { number: 7 as OrderNumber, product: "Tux", quantity: 2, key: "u:1" };

export const bought = (id: number): Reply => ({ id, call: "buy", code: "ok", order });
