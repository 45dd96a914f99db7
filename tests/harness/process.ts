import { join } from "node:path";
import type { Subprocess } from "bun";
import { followParentFile } from "../../services/runner/components.ts";
import { readLines } from "../../services/runner/lines.ts";

const root = join(import.meta.dir, "../..");

/** The oldest lines go first. */
const linesKeptMax = 20_000;
const waitMs = 15_000;

export interface ProcessOptions {
  /** As it is called in messages: "order 2". */
  readonly name: string;
  /** A TypeScript file, seen from the project's folder. */
  readonly file: string;
  readonly arguments?: readonly string[];
  /** Added to PATH; nothing else is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface Ending {
  /** Undefined if a signal ended it. */
  readonly status: number | undefined;
  readonly signal: string | undefined;
}

type Running = Subprocess<"pipe", "pipe", "pipe">;

const alive = new Set<Running>();
// When the test run ends in whatever way it can notice. In all others (kill -9)
// the pipe to each process breaks, and follow-parent.ts ends it.
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/**
 * One service as a real process: it can be started, killed, paused and started
 * again, always with the same environment. Its output of all runs is kept.
 */
export class TestProcess implements AsyncDisposable {
  /** Standard output and standard error of every run, line by line. */
  readonly lines: string[] = [];
  private child: Running | undefined;
  private ending: Promise<Ending> | undefined;
  private onLine: (() => void)[] = [];

  constructor(readonly options: ProcessOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** Throws if it is not running. */
  get pid(): number {
    return this.running().pid;
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  start(): void {
    if (this.child !== undefined) throw new Error(`${this.name} is running already`);
    const { file, env } = this.options;
    const child = Bun.spawn(
      [process.execPath, "--preload", followParentFile, join(root, file), ...(this.options.arguments ?? [])],
      {
        env: { PATH: process.env["PATH"] ?? "", ...env },
        stdin: "pipe",
        stdout: "pipe",
        stderr: "pipe",
        detached: true,
      },
    );
    alive.add(child);
    this.child = child;
    this.ending = this.watch(child);
  }

  /** Sends a signal and, if it ends a process, waits for the end. SIGSTOP and SIGCONT: pause and resume. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<Ending> {
    this.running().kill(signal);
    return this.ended();
  }

  /** Stops the process where it is: its connections stay open and silent. */
  pause(): void {
    this.running().kill("SIGSTOP");
  }

  resume(): void {
    this.running().kill("SIGCONT");
  }

  /** Kills it if it runs, and starts it anew. */
  async restart(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.isRunning) await this.kill(signal);
    this.start();
  }

  /** Resolves when the process of the last start has ended and all its output was read. */
  ended(): Promise<Ending> {
    if (this.ending === undefined) throw new Error(`${this.name} was never started`);
    return this.ending;
  }

  /** The first line, already there or to come, that matches; from line `after` on. Rejects after 15 s. */
  async line(pattern: RegExp, after = 0): Promise<string> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const found = this.lines.slice(after).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`${this.name} did not say ${pattern} within ${waitMs} ms:\n${this.tail()}`);
      await this.nextLine(leftMs);
    }
  }

  /** The last lines, for messages. */
  tail(count = 20): string {
    return this.lines.slice(-count).join("\n");
  }

  /** Ends the process for good, however it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) await this.kill("SIGKILL");
  }

  private running(): Running {
    if (this.child === undefined) throw new Error(`${this.name} is not running; its last lines:\n${this.tail()}`);
    return this.child;
  }

  private async watch(child: Running): Promise<Ending> {
    const take = (line: string): void => {
      this.lines.push(line);
      if (this.lines.length > linesKeptMax) this.lines.splice(0, linesKeptMax / 10);
      this.wake();
    };
    const output = Promise.all([readLines(child.stdout, take), readLines(child.stderr, take)]);
    const status = await child.exited;
    await output;
    alive.delete(child);
    this.child = undefined;
    this.wake();
    const signal = child.signalCode;
    return { status: signal === null ? status : undefined, signal: signal === null ? undefined : String(signal) };
  }

  private nextLine(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.onLine.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private wake(): void {
    for (const resolve of this.onLine.splice(0)) resolve();
  }
}
