import type { Subprocess } from "bun";
import type { Component } from "./components.ts";
import { readLines } from "./lines.ts";

/** How a process ended. */
export interface Ending {
  /** "status 1" or "SIGKILL". */
  readonly how: string;
  readonly livedMs: number;
}

/** One run of a component's process. Its output comes line by line. */
export class Child {
  readonly pid: number;
  /** Resolves after the last line of output. */
  readonly ended: Promise<Ending>;
  private readonly process: Subprocess<"pipe", "pipe", "pipe">;

  constructor(component: Component, onLine: (line: string) => void) {
    const startMs = performance.now();
    this.process = Bun.spawn([...component.command], {
      env: { ...component.env },
      // The pipe that follow-parent.ts watches.
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      // Ctrl-C in a terminal goes to a whole process group; the order of stopping is ours.
      detached: true,
    });
    this.pid = this.process.pid;
    this.ended = this.watch(startMs, onLine);
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    if (this.isRunning) this.process.kill(signal);
  }

  private async watch(startMs: number, onLine: (line: string) => void): Promise<Ending> {
    const output = [readLines(this.process.stdout, onLine), readLines(this.process.stderr, onLine)];
    const status = await this.process.exited;
    await Promise.all(output);
    const signal = this.process.signalCode;
    return { how: signal === null ? `status ${status}` : String(signal), livedMs: performance.now() - startMs };
  }
}
