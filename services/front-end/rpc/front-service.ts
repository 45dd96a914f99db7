import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import {
  type FrontService,
  type InvalidateRequest,
  type InvalidateResponse,
} from "../../../gen/toystore/front/v1/front_pb.ts";
import { InvariantError } from "../../lib/assert.ts";
import { PushQueue } from "../../lib/push-queue.ts";
import type { Invalidation } from "../core/product-events.ts";
import type { InvalidationsTaker } from "../ports.ts";

/** Acknowledgements that the catalog has not taken; more means that it has stopped reading. */
const unsentMax = 1024;

/** Serves Invalidate: each message is passed on, and acknowledged, before the next is read. */
export function frontService(taker: InvalidationsTaker): ServiceImpl<typeof FrontService> {
  return {
    invalidate(messages, context) {
      const queue = new PushQueue<InvalidateResponse>(unsentMax);
      const superseded = new ConnectError("a newer stream has taken this one's place", Code.AlreadyExists);
      const leave = (): void => queue.end();
      const take = taker.open({
        acknowledge: (sequence) => {
          if (!queue.push(toAcknowledgement(sequence))) leave();
        },
        end: () => queue.fail(superseded),
      });
      context.signal.addEventListener("abort", leave, { once: true });
      void readAll(messages, take, leave);
      return queue;
    },
  };
}

/** However the catalog's half ends, the stream is over; the lease runs out by itself. */
async function readAll(
  messages: AsyncIterable<InvalidateRequest>,
  take: (message: Invalidation) => void,
  leave: () => void,
): Promise<void> {
  try {
    for await (const message of messages) take(fromRequest(message));
  } catch (error) {
    // A lost connection is the usual end.
    if (error instanceof InvariantError) throw error;
  } finally {
    leave();
  }
}

function fromRequest(message: InvalidateRequest): Invalidation {
  return {
    sequence: Number(message.sequence),
    products: message.products,
    lease: message.lease,
    echo: Number(message.echo),
  };
}

function toAcknowledgement(sequence: number): InvalidateResponse {
  return { $typeName: "toystore.front.v1.InvalidateResponse", sequence: BigInt(sequence) };
}
