import { writeFileSync } from "node:fs";
import { systemClock } from "../../lib/clock.ts";
import { listenForInterrupts } from "../../lib/interrupts.ts";
import { parseRun, type RunArguments } from "../arguments/run.ts";
import { readProcesses } from "../faults/processes.ts";
import { formatHtml } from "../report/html.ts";
import { Progress } from "../report/progress.ts";
import type { Report } from "../report/report.ts";
import { formatReport } from "../report/terminal.ts";
import { titleOf } from "../report/title.ts";
import { readToys } from "../toys.ts";
import { refuse, tell } from "./command.ts";
import { performRun, type RunWorld } from "./perform.ts";

/** bin/client run: returns the exit status. */
export async function runCommand(words: readonly string[]): Promise<number> {
  const parsed = parseRun(words);
  if (parsed.type !== "run") return tell(parsed);
  const wanted = parsed.arguments;
  const read = readToys(wanted.catalogFile);
  if ("problem" in read) return refuse(`error: ${read.problem}`);
  const { products } = wanted.plan;
  const isMissing = products.type === "hot" && !read.names.includes(products.name);
  const toys = isMissing ? { ...read, names: [...read.names, products.name] } : read;
  const problem = findFaultProblem(wanted);
  if (problem !== undefined) return refuse(`error: ${problem}`);
  process.stdout.write(`${titleOf(wanted, toys)}\n`);
  const performed = await performRun(wanted, toys, systemWorld());
  if (performed.type === "usage") return refuse(`error: ${performed.problem}`);
  return present(wanted, performed.report, performed.journalKept);
}

/** Faults need the store's list of processes, and the store must be the one that is loaded. */
function findFaultProblem({ faults, processesFile, plan }: RunArguments): string | undefined {
  if (faults.length === 0) return undefined;
  const store = readProcesses(processesFile);
  if ("problem" in store) return `--fault: ${store.problem}`;
  const port = Number(new URL(store.url).port);
  if (plan.targets.some((target) => target.port === port)) return undefined;
  return `--fault: ${processesFile} is of the store at ${store.url}, which is not a target of this run`;
}

/** Prints the report, writes the files, and returns the exit status. */
function present(wanted: RunArguments, report: Report, journalKept: string | undefined): number {
  if (report.end === "unreachable") {
    process.stdout.write(
      `Nothing answers at ${report.endReason}. Start the store (bun run services), or name another with --front_host and --front_port, or --target.\n`,
    );
  } else {
    if (journalKept !== undefined)
      process.stdout.write(`journal  ${journalKept} (again: bin/client verify --journal ${journalKept})\n`);
    process.stdout.write(formatReport(report));
  }
  const files = [
    [wanted.jsonFile, () => `${JSON.stringify(report, undefined, 2)}\n`],
    [wanted.htmlFile, () => formatHtml(report)],
  ] as const;
  for (const [file, format] of files) {
    if (file === undefined) continue;
    try {
      writeFileSync(file, format());
    } catch (error) {
      return Math.max(report.exitStatus, refuse(`error: ${file} cannot be written: ${(error as Error).message}`));
    }
  }
  return report.exitStatus;
}

/** The world of a real run. */
export function systemWorld(): RunWorld {
  const { stderr } = process;
  return {
    clock: { now: () => performance.timeOrigin + systemClock.now() },
    pause: (ms) => Bun.sleep(ms),
    makeKey: () => crypto.randomUUID(),
    interrupted: listenForInterrupt(),
    progress: new Progress({
      isTerminal: stderr.isTTY,
      columns: stderr.columns,
      write: (text) => void stderr.write(text),
    }),
  };
}

/** The first Ctrl-C ends the run with its report, the second at once. */
function listenForInterrupt(): () => boolean {
  let interrupted = false;
  listenForInterrupts((count) => {
    if (count > 1) process.exit(130);
    interrupted = true;
  });
  return () => interrupted;
}
