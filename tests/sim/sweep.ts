import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
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

/**
 * Runs seeds on all cores, in processes: threads of one process share an
 * allocator, and took half as long again for a seed.
 */
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
    let chunk = take();
    if (chunk === undefined) return;
    using worker = new Worker();
    for (; chunk !== undefined; chunk = take()) {
      const share = await worker.run(chunk);
      total = add(total, share);
      options.onProgress?.(total);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return total;
}

const workerFile = fileURLToPath(new URL("./sweep-worker.ts", import.meta.url));

/** A process that runs one chunk at a time. */
class Worker {
  private current = Promise.withResolvers<Share>();
  private readonly process = Bun.spawn([process.execPath, workerFile], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: (share: Share) => this.current.resolve(share),
    onExit: (_process, status) => this.current.reject(new Error(`a worker of the sweep ended with status ${status}`)),
  });

  run(chunk: Chunk): Promise<Share> {
    this.current = Promise.withResolvers<Share>();
    this.process.send(chunk);
    return this.current.promise;
  }

  [Symbol.dispose](): void {
    this.process.disconnect();
  }
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
