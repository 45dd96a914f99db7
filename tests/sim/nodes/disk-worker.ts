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
  /** What fails from here on: nothing; what does not go to the log (no space, a folder not writable); or all (EIO). */
  failing: "nothing" | "files" | "everything" = "nothing";
  private readonly busyUntilMs = { log: 0, files: 0 };

  constructor(
    private readonly process: SimProcess,
    private readonly surroundings: Surroundings,
    private readonly onFailed: () => void,
  ) {}

  reset(): void {
    this.failing = "nothing";
    this.busyUntilMs.log = 0;
    this.busyUntilMs.files = 0;
  }

  /**
   * `done` is called when the operation is on the platter; the process may be
   * stopped by then. Unless `failed` is given, a failure ends the process.
   */
  sync(lane: Lane, done: () => void, failed = this.onFailed): void {
    const { timeline, machines, dice } = this.surroundings;
    const beginMs = Math.max(timeline.nowMs, this.busyUntilMs[lane]);
    const endMs = beginMs + dice.disk.skewed(machines.syncLowMs, machines.syncHighMs);
    this.busyUntilMs[lane] = endMs;
    timeline.scheduleAt(
      endMs,
      new Completion(this.process, this.process.run, () => {
        if (this.fails(lane)) failed();
        else done();
      }),
    );
  }

  private fails(lane: Lane): boolean {
    return this.failing === "everything" || (this.failing === "files" && lane === "files");
  }
}

class Completion implements Happening {
  constructor(
    private readonly process: SimProcess,
    private readonly run: number,
    private readonly done: () => void,
  ) {}

  fire(): void {
    if (this.process.run === this.run) this.done();
  }
}
