import type { Happening } from "../kernel/event-queue.ts";
import type { SimProcess } from "../kernel/sim-process.ts";
import type { Surroundings } from "./surroundings.ts";

/** Operations of one lane follow each other; the lanes do not wait for one another. */
export type Lane = "log" | "files";

/**
 * The system's side of a process's disk: operations take their time, also while
 * the process is stopped; when it has ended they are void.
 */
export class DiskWorker {
  /** From here on every sync fails, and with it the process. */
  failing = false;
  private readonly busyUntilMs = { log: 0, files: 0 };

  constructor(
    private readonly process: SimProcess,
    private readonly surroundings: Surroundings,
    private readonly onFailed: () => void,
  ) {}

  reset(): void {
    this.failing = false;
    this.busyUntilMs.log = 0;
    this.busyUntilMs.files = 0;
  }

  /** `done` is called when the operation is on the platter; the process may be stopped by then. */
  sync(lane: Lane, done: () => void): void {
    const { timeline, machines, dice } = this.surroundings;
    const beginMs = Math.max(timeline.nowMs, this.busyUntilMs[lane]);
    const endMs = beginMs + dice.disk.skewed(machines.syncLowMs, machines.syncHighMs);
    this.busyUntilMs[lane] = endMs;
    timeline.scheduleAt(endMs, new Completion(this, this.process, this.process.run, done));
  }

  complete(done: () => void): void {
    if (this.failing) this.onFailed();
    else done();
  }
}

class Completion implements Happening {
  constructor(
    private readonly worker: DiskWorker,
    private readonly process: SimProcess,
    private readonly run: number,
    private readonly done: () => void,
  ) {}

  fire(): void {
    if (this.process.run === this.run) this.worker.complete(this.done);
  }
}
