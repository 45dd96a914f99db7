import { create } from "@bufbuild/protobuf";
import {
  type CallBatch,
  CallBatchSchema,
  OrderService,
  type ReplyBatch,
} from "../../../gen/toystore/order/v1/order_pb.ts";
import { openDuplex } from "../../../services/lib/duplex.ts";
import { connectTo } from "../../../services/lib/rpc-client.ts";
import { toyOf } from "./history.ts";
import type { LookupRound } from "./lookups.ts";

/** Orders that are asked for at a time. */
export const callsInBatch = 16;

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
      onMessage: (batch) => {
        const right = rightIn(batch);
        const answered = answeredIn(batch);
        found += right;
        wrong += answered - right;
        open -= answered;
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
  const ids = [...numbers];
  return create(CallBatchSchema, { lookUps: { ids, numbers: ids.map(BigInt) } });
}

function answeredIn({ outcomes, found }: ReplyBatch): number {
  return (outcomes?.ids.length ?? 0) + (found?.ids.length ?? 0);
}

function rightIn({ found }: ReplyBatch): number {
  if (found === undefined) return 0;
  const { ids, numbers, products, productIndexes, groupSizes, groupPlaces } = found;
  let groupEnd = 0;
  const isRight = (id: number, at: number): boolean => {
    const size = groupSizes[at] as number;
    const first = id - (groupPlaces[at] as number);
    const group = productIndexes.slice(groupEnd, groupEnd + size);
    groupEnd += size;
    return numbers[at] === BigInt(id) && group.every((index, nth) => products[index] === toyOf(first + nth));
  };
  return ids.filter(isRight).length;
}
