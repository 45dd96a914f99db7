import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How a command ended, and what it wrote. */
export interface Ending {
  /** Undefined: a signal ended it. */
  readonly status: number | undefined;
  /** It was still running after its limit, and was killed with all that it had started. */
  readonly timedOut: boolean;
  /** Lines of `ps`, one for each process that it left running (killed by now). */
  readonly leftBehind: readonly string[];
  /** Standard output and standard error, in the order written. */
  readonly output: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly limitMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Ids of the process groups under way, for killRunning. */
const running = new Set<number>();

/** Ends everything that is under way, for a check that was told to stop. */
export function killRunning(): void {
  for (const group of running) killGroup(group);
}

/**
 * Runs a command in a process group of its own, without standard input. Its output goes to a file:
 * a pipe would stay open as long as some process that it left behind.
 */
export async function runCommand(argv: readonly string[], options: CommandOptions): Promise<Ending> {
  const folder = mkdtempSync(join(tmpdir(), "toystore-check-"));
  const path = join(folder, "output");
  const fd = openSync(path, "a");
  try {
    const child = Bun.spawn([...argv], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdin: "ignore",
      stdout: fd,
      stderr: fd,
      detached: true,
    });
    running.add(child.pid);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, options.limitMs);
    await child.exited;
    clearTimeout(timer);
    const remains = await endGroup(child.pid);
    running.delete(child.pid);
    return {
      status: child.exitCode ?? undefined,
      timedOut,
      leftBehind: timedOut ? [] : remains,
      output: readFileSync(path, "utf8"),
    };
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  }
}

function killGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch (error) {
    // ESRCH: nobody is left in it. macOS says EPERM when only dead processes are.
    if (!(error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM"))) throw error;
  }
}

/** Kills what is left of a group whose leader has ended, and tells what that was. */
async function endGroup(group: number): Promise<readonly string[]> {
  // A process that was told to end may need a moment to do so.
  if (await isGone(group)) return [];
  const left = alive(group);
  killGroup(group);
  await isGone(group);
  return left;
}

/** Gives a group two seconds to end. */
async function isGone(group: number): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    if (alive(group).length === 0) return true;
    await Bun.sleep(100);
  }
  return false;
}

/** The members of a process group, dead ones that nobody has reaped left out. */
function alive(group: number): readonly string[] {
  const ps = Bun.which("ps");
  if (ps === null) return [];
  const listing = Bun.spawnSync([ps, "-A", "-o", "pgid=,stat=,pid=,args="]).stdout.toString();
  return listing.split("\n").filter((line) => {
    const [pgid, state] = line.trim().split(/\s+/);
    return pgid === String(group) && state !== undefined && !state.startsWith("Z");
  });
}
