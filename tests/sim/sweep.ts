import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Chunk, Share } from "./sweep-worker.ts";

export interface SweepOptions {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly workers?: number;
  /** Called after each chunk with everything so far. */
  readonly onProgress?: (total: Share) => void;
  /** The sweep ends early, after the chunks under way. */
  readonly isOver?: (total: Share) => boolean;
}

const chunkSeeds = 20;

const nothing: Share = { seeds: 0, events: 0, simulatedMs: 0, orders: 0, failures: [] };

/** Runs seeds on all cores. */
export async function sweep(options: SweepOptions): Promise<Share> {
  const { firstSeed, seeds, workers = availableParallelism() } = options;
  let next = firstSeed;
  let total = nothing;
  const take = (): Chunk | undefined => {
    const count = Math.min(chunkSeeds, firstSeed + seeds - next);
    if (count <= 0 || options.isOver?.(total) === true) return undefined;
    next += count;
    return { first: next - count, count };
  };
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("./sweep-worker.ts", import.meta.url));
    try {
      for (let chunk = take(); chunk !== undefined; chunk = take()) {
        const share = await run(worker, chunk);
        total = add(total, share);
        options.onProgress?.(total);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return total;
}

function run(worker: Worker, chunk: Chunk): Promise<Share> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once("message", (share: Share) => resolve(share));
    worker.once("error", reject);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(chunk);
  });
}

function add(one: Share, other: Share): Share {
  return {
    seeds: one.seeds + other.seeds,
    events: one.events + other.events,
    simulatedMs: one.simulatedMs + other.simulatedMs,
    orders: one.orders + other.orders,
    failures: [...one.failures, ...other.failures].sort((a, b) => a.seed - b.seed),
  };
}
