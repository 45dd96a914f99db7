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

/** Somebody else's program, kept for as long as a peer runs. It ends with this process, however that ends. */
export class Program implements PeerProcess, AsyncDisposable {
  readonly name: string;
  private readonly child: Subprocess<"ignore", "pipe", "pipe">;
  private readonly lines: string[] = [];
  private readonly ended: Promise<void>;
  private onLine: (() => void) | undefined;

  constructor(options: ProgramOptions) {
    this.name = options.name;
    this.child = Bun.spawn([...asUser(options.user), ...options.argv], {
      cwd: options.cwd,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
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
        throw new Error(`${this.name} did not say ${pattern}:\n${this.lines.join("\n")}`);
      }
      await this.nextLine(leftMs);
    }
  }

  /** SIGTERM asks some programs to wait for their clients; their data is thrown away anyway. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGQUIT");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 5_000);
    await this.ended;
    clearTimeout(timer);
  }

  private async watch(): Promise<void> {
    const take = (line: string): void => {
      this.lines.push(line);
      if (this.lines.length > linesKeptMax) this.lines.shift();
      this.onLine?.();
    };
    await Promise.all([readLines(this.child.stdout, take), readLines(this.child.stderr, take), this.child.exited]);
    this.onLine?.();
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
  const child = Bun.spawn([...asUser(options.user), ...options.argv], {
    cwd: options.cwd,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, complaints, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (status !== 0) throw new Error(`${options.name} ended with status ${status}:\n${output}${complaints}`);
}
