import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import type { RunArguments } from "../arguments/run.ts";
import { Asking, formatAddress } from "../proof/asking.ts";
import { takeCensus } from "../proof/census.ts";
import { Journal } from "../proof/journal.ts";

const censusConnections = 8;

export interface OpenJournal {
  readonly type: "open";
  readonly file: string;
  /** Removes a temporary journal that is no longer needed; otherwise returns the file that stays. */
  readonly close: (isProved: boolean) => string | undefined;
}

/** The journal of a run, its first line written: where the store stands before it. Undefined: there shall be none. */
export async function openJournal(
  wanted: RunArguments,
  toys: readonly string[],
  world: { readonly clock: Clock; readonly pause: (ms: number) => Promise<void>; readonly interrupted: () => boolean },
): Promise<OpenJournal | { readonly type: "problem"; readonly problem: string } | undefined> {
  if (!wanted.verify && wanted.journalFile === undefined) return undefined;
  const given = wanted.journalFile;
  if (given !== undefined && sizeOf(given) > 0) {
    const advice = `prove it (bin/client verify --journal ${given}), remove it, or name another file`;
    return { type: "problem", problem: `the journal ${given} holds another run: ${advice}` };
  }
  const startedAt = Date.now();
  const census = await countBefore(wanted, toys, world);
  const file = given ?? join(mkdtempSync(join(tmpdir(), "toystore-journal-")), "journal.jsonl");
  const known = "reason" in census ? { lastNumber: undefined, stock: {} } : census;
  const problem = writeHead(file, wanted, known, startedAt);
  if (problem !== undefined) return { type: "problem", problem };
  return { type: "open", file, close: (isProved) => closeJournal(file, given === undefined && isProved) };
}

function writeHead(
  file: string,
  wanted: RunArguments,
  { lastNumber, stock }: { lastNumber: number | undefined; stock: Readonly<Record<string, number>> },
  startedAt: number,
): string | undefined {
  let problem: string | undefined;
  const { exclusive, restockQuantity, restockIntervalS } = wanted;
  const targets = wanted.plan.targets.map(formatAddress);
  const fail = (error: Error): void => {
    problem = `the journal cannot be written: ${error.message}`;
  };
  try {
    const journal = new Journal(file, fail);
    journal.head({ targets, startedAt, exclusive, restockQuantity, restockIntervalS, lastNumber, stock });
    journal.close();
  } catch (error) {
    fail(error as Error);
  }
  return problem;
}

async function countBefore(
  wanted: RunArguments,
  toys: readonly string[],
  world: Parameters<typeof openJournal>[2],
): Promise<Awaited<ReturnType<typeof takeCensus>>> {
  const [target] = wanted.plan.targets;
  if (target === undefined) return { reason: "there is no front-end" };
  const { retryMs, timeoutMs } = wanted.plan;
  const options = { connections: censusConnections, retryMs, timeoutMs };
  using asking = new Asking(target, options, { ...world, stopped: world.interrupted });
  return await takeCensus(asking, toys, -1);
}

function closeJournal(file: string, remove: boolean): string | undefined {
  if (!remove) return file;
  rmSync(dirname(file), { recursive: true, force: true });
  return undefined;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
