import type { Subprocess } from "bun";
import { readLines } from "../../../services/runner/lines.ts";
import type { PeerProcess } from "./peer.ts";

const linesKeptMax = 200;
const waitMs = 30_000;

export interface ProgramOptions {
  readonly name: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Who it runs as: some refuse to be root. Undefined: as this process. */
  readonly user?: string | undefined;
}

const alive = new Set<Program>();
process.on("exit", () => {
  for (const program of alive) program.kill();
});

/** Somebody else's program, kept for as long as a peer runs. It ends with this process, however that ends. */
export class Program implements PeerProcess, AsyncDisposable {
  readonly name: string;
  private readonly child: Subprocess<"ignore", "pipe", "pipe">;
  private readonly lines: string[] = [];
  /** The status that it ended with. */
  readonly ended: Promise<number>;
  private onLine: (() => void) | undefined;

  constructor(options: ProgramOptions) {
    this.name = options.name;
    this.child = Bun.spawn([...asUser(options.user), ...options.argv], {
      cwd: options.cwd,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    alive.add(this);
    this.ended = this.watch();
  }

  get pid(): number {
    return this.child.pid;
  }

  /** Resolves when a line, already there or to come, matches. */
  async said(pattern: RegExp): Promise<void> {
    const deadline = performance.now() + waitMs;
    while (!this.lines.some((line) => pattern.test(line))) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || this.child.exitCode !== null) {
        throw new Error(`${this.name} did not say ${pattern}:\n${this.tail()}`);
      }
      await this.nextLine(leftMs);
    }
  }

  /** SIGTERM asks some programs to wait for their clients; their data is thrown away anyway. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGQUIT");
    const timer = setTimeout(() => this.kill(), 5_000);
    await this.ended;
    clearTimeout(timer);
  }

  /** Its last lines, for messages. */
  tail(): string {
    return this.lines.join("\n");
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  private async watch(): Promise<number> {
    const take = (line: string): void => {
      this.lines.push(line);
      if (this.lines.length > linesKeptMax) this.lines.shift();
      this.onLine?.();
    };
    await Promise.all([readLines(this.child.stdout, take), readLines(this.child.stderr, take)]);
    const status = await this.child.exited;
    alive.delete(this);
    this.onLine?.();
    return status;
  }

  private nextLine(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.onLine = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** setpriv becomes the program itself, so that the pid is the program's; the kernel ends it with its parent. */
function asUser(user: string | undefined): string[] {
  const identity = user === undefined ? [] : [`--reuid=${user}`, `--regid=${user}`, "--init-groups"];
  return ["setpriv", ...identity, "--pdeathsig", "KILL", "--"];
}

/** Runs a program to its end; throws with what it said if it fails. */
export async function runProgram(options: ProgramOptions): Promise<void> {
  const program = new Program(options);
  const status = await program.ended;
  if (status !== 0) throw new Error(`${options.name} ended with status ${status}:\n${program.tail()}`);
}
