import { fileURLToPath } from "node:url";
import type { Clock } from "../../lib/clock.ts";
import { type LoadPlan, shareOut, type WorkerPlan } from "./plan.ts";
import type { WorkerMessage, WorkerSummary } from "./slice.ts";
import { Worker } from "./worker.ts";
import type { WorkerOrder } from "./worker-process.ts";

const crewLimits = {
  /** Worker processes need this long to start; they begin together after it. */
  startMs: 300,
};

export interface CrewWorld {
  /** Milliseconds of the Unix epoch, monotonic. */
  readonly epochClock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  readonly makeKey: () => string;
}

/** The workers of a load while they run. */
export interface Crew {
  /** Milliseconds of the Unix epoch at which the measured time begins. */
  readonly zeroEpochMs: number;
  /** What each worker says of itself, when all have ended. */
  readonly finished: Promise<WorkerSummary[]>;
  /** Begins nothing more. */
  stop(): void;
}

const program = fileURLToPath(import.meta.resolve("./worker-process.ts"));

/**
 * Starts a load: one worker in this process, more in processes of their own,
 * because one process uses one core. Throws the system's error if the journal
 * cannot be opened.
 */
export function startCrew(
  plan: LoadPlan,
  workers: number,
  world: CrewWorld,
  onMessage: (message: WorkerMessage) => void,
): Crew {
  const startEpochMs = world.epochClock.now() + (workers === 1 ? 0 : crewLimits.startMs);
  const plans = shareOut(plan, workers, startEpochMs);
  const start = workers === 1 ? startHere : startProcess;
  const started = plans.map((part) => start(part, world, onMessage));
  return {
    zeroEpochMs: startEpochMs + plan.warmupMs,
    finished: Promise.all(started.map(({ finished }) => finished)),
    stop: () => {
      for (const worker of started) worker.stop();
    },
  };
}

interface Started {
  readonly finished: Promise<WorkerSummary>;
  stop(): void;
}

function startHere(plan: WorkerPlan, world: CrewWorld, onMessage: (message: WorkerMessage) => void): Started {
  const summary = Promise.withResolvers<WorkerSummary>();
  const send = (message: WorkerMessage): void => {
    onMessage(message);
    if (message.type === "done") summary.resolve(message.summary);
  };
  const worker = new Worker(plan, { ...world, send });
  worker.run().catch((error: unknown) => summary.reject(error instanceof Error ? error : new Error(String(error))));
  return { finished: summary.promise, stop: () => worker.stop() };
}

function startProcess(plan: WorkerPlan, _: CrewWorld, onMessage: (message: WorkerMessage) => void): Started {
  let summary: WorkerSummary | undefined;
  const child = Bun.spawn([process.execPath, program], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    ipc(message: WorkerMessage) {
      onMessage(message);
      if (message.type !== "done") return;
      summary = message.summary;
      child.disconnect();
    },
  });
  const order = (message: WorkerOrder): void => {
    if (child.exitCode === null && child.signalCode === null) child.send(message);
  };
  order({ type: "plan", plan });
  const finished = child.exited.then((status) => summary ?? failedSummary(`a worker process ended with ${status}`));
  return { finished, stop: () => order({ type: "stop" }) };
}

function failedSummary(reason: string): WorkerSummary {
  return { end: "worker failed", reason, cpu: 0, lateness: "", waited: 0, findings: [], findingsCount: 0 };
}
