/**
 * The program of a worker process. Its parent sends the plan, and later
 * perhaps "stop"; it answers with slices and its summary, and ends with its
 * parent.
 */
import { systemClock } from "../../lib/clock.ts";
import type { WorkerPlan } from "./plan.ts";
import type { WorkerMessage } from "./slice.ts";
import { Worker } from "./worker.ts";

/** From the parent. */
export type WorkerOrder = { readonly type: "plan"; readonly plan: WorkerPlan } | { readonly type: "stop" };

let worker: Worker | undefined;

function send(message: WorkerMessage): void {
  process.send?.(message);
}

async function work(plan: WorkerPlan): Promise<void> {
  worker = new Worker(plan, {
    epochClock: { now: () => performance.timeOrigin + systemClock.now() },
    pause: (ms) => Bun.sleep(ms),
    makeKey: () => crypto.randomUUID(),
    send,
  });
  await worker.run();
  // The parent lets go when it has the summary: ending now might cut it off.
}

process.on("message", (order: WorkerOrder) => {
  if (order.type === "plan") void work(order.plan);
  else worker?.stop();
});
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole group of processes; what follows from it is the parent's decision.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
