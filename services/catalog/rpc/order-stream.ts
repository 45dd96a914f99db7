import type { MessageInitShape } from "@bufbuild/protobuf";
import type { OrderRequest, OrderResponse, OrderResponseSchema } from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import type { CatalogPort, SessionCaller } from "../core/callers.ts";
import type { ReserveReply, SessionId } from "../core/types.ts";
import { readOpen, readWork } from "./order-request.ts";
import { Outgoing } from "./outgoing.ts";

type Response = MessageInitShape<typeof OrderResponseSchema>;

/** Translates the stream Order: a leader's session. */
export function serveOrder(
  catalog: CatalogPort,
  requests: AsyncIterable<OrderRequest>,
  signal: AbortSignal,
): AsyncIterable<Response> {
  const outgoing = new Outgoing<Response>();
  let session: SessionId | undefined;
  const receive = async (): Promise<void> => {
    for await (const request of requests) {
      if (session === undefined) {
        const { storeId, fence } = readOpen(request);
        session = catalog.openSession(callerOf(outgoing), storeId, fence);
      } else {
        catalog.work(session, readWork(request));
      }
    }
    // After what the last request led to: its refusal says more than the end.
    setImmediate(() => outgoing.end());
  };
  return outgoing.serve(receive(), signal, () => {
    if (session !== undefined) catalog.closeSession(session);
  });
}

function callerOf(outgoing: Outgoing<Response>): SessionCaller {
  return {
    opened: ({ settledBelow }) => outgoing.push({ opened: { settledBelow: BigInt(settledBelow) } }),
    replies: (replies) => outgoing.push(toResponse(replies)),
    refused: (refusal) => outgoing.refuse(refusal),
  };
}

/** An empty one is a sign of life. Written as literals: each purchase passes here. */
function toResponse(replies: readonly ReserveReply[]): OrderResponse {
  const response: OrderResponse = { $typeName: "toystore.catalog.v1.OrderResponse" };
  if (replies.length === 0) return response;
  response.decisions = {
    $typeName: "toystore.catalog.v1.Decisions",
    tickets: replies.map(({ ticket }) => BigInt(ticket)),
    codes: replies.map(({ code }) => code),
  };
  return response;
}
