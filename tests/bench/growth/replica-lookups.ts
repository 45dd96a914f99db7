import { create } from "@bufbuild/protobuf";
import {
  type CallBatch,
  CallBatchSchema,
  Code,
  OrderService,
  type Reply,
} from "../../../gen/toystore/order/v1/order_pb.ts";
import { openDuplex } from "../../../services/lib/duplex.ts";
import { connectTo } from "../../../services/lib/rpc-client.ts";
import { toyOf } from "./history.ts";
import type { LookupRound } from "./lookups.ts";

const callsInBatch = 16;

/** Asks a replica itself for random ones of the first `orders` orders, a batch at a time, for a time. */
export async function lookUpAtReplica(port: number, orders: number, ms: number): Promise<LookupRound> {
  const connection = connectTo("127.0.0.1", port);
  const startMs = performance.now();
  let found = 0;
  let wrong = 0;
  await new Promise<void>((resolve, reject) => {
    let open = 0;
    const stream = openDuplex({
      transport: connection.transport,
      method: OrderService.method.calls,
      weightMax: callsInBatch,
      onMessage: ({ replies }) => {
        for (const reply of replies) {
          if (isRight(reply)) found++;
          else wrong++;
        }
        open -= replies.length;
        if (open === 0) next();
      },
      onEnd: (error) => reject(error ?? new Error("the replica ended the stream")),
    });
    const next = (): void => {
      if (performance.now() - startMs >= ms) {
        stream.close();
        resolve();
        return;
      }
      open = callsInBatch;
      stream.send(randomChecks(orders));
    };
    next();
  });
  connection.reset();
  return { perSecond: (found * 1000) / (performance.now() - startMs), wrong };
}

/** A call's id is the number that it asks for. */
function randomChecks(orders: number): CallBatch {
  const numbers = new Set<number>();
  while (numbers.size < callsInBatch) numbers.add(Math.floor(Math.random() * orders));
  const calls = [...numbers].map((number) => {
    const order = { case: "number", value: BigInt(number) } as const;
    return { id: number, call: { case: "check", value: { order } } as const };
  });
  return create(CallBatchSchema, { calls });
}

function isRight({ id, answer }: Reply): boolean {
  if (answer?.code !== Code.OK) return false;
  const { order } = answer;
  return order?.number === BigInt(id) && order.product === toyOf(id);
}
