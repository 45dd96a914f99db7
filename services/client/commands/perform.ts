import { cpus } from "node:os";
import type { Clock } from "../../lib/clock.ts";
import type { RunArguments } from "../arguments/run.ts";
import { TcpConnection } from "../connection.ts";
import { startCrew } from "../load/crew.ts";
import { makeHistogram, recordMs } from "../load/latency.ts";
import type { LoadPlan } from "../load/plan.ts";
import type { LoadEnd, WorkerSummary } from "../load/slice.ts";
import { FindingList } from "../proof/findings.ts";
import { Proof, type ProofResult } from "../proof/proof.ts";
import { readJournal } from "../proof/read-journal.ts";
import { buildReport } from "../report/build.ts";
import type { Progress } from "../report/progress.ts";
import { Recording } from "../report/recording.ts";
import type { ProofReport, Report } from "../report/report.ts";
import { titleOf } from "../report/title.ts";
import type { Toys } from "../toys.ts";
import { type OpenJournal, openJournal } from "./journal.ts";
import { Live } from "./live.ts";

const performLimits = {
  /** A worker process handles about so many connections or iterations a second before another one helps. */
  connectionsPerWorker: 48,
  iterationsPerWorker: 4_000,
  /** Look-ups at once and per front-end, at least. */
  proofConnectionsMin: 8,
  proofConnectionsMax: 64,
};

/** What a run needs of the world. */
export interface RunWorld {
  /** Milliseconds of the Unix epoch, monotonic. */
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  readonly makeKey: () => string;
  /** True once the user wants to stop. */
  readonly interrupted: () => boolean;
  readonly progress: Progress;
}

export type Performed =
  | { readonly type: "report"; readonly report: Report; readonly journalKept: string | undefined }
  | { readonly type: "usage"; readonly problem: string };

/** Loads the store, watches, injects faults, proves: a whole run. */
export async function performRun(
  wanted: RunArguments,
  toys: Exclude<Toys, { problem: string }>,
  world: RunWorld,
): Promise<Performed> {
  const startedAt = new Date();
  const title = titleOf(wanted, toys);
  const unreachable = await findUnreachable(wanted, world);
  const opened = unreachable === undefined ? await openJournal(wanted, toys.names, world) : undefined;
  if (opened?.type === "problem") return { type: "usage", problem: opened.problem };
  const workersWanted = wanted.workers ?? usualWorkers(wanted.plan);
  const recording = new Recording(workersWanted);
  const base = { startedAt, title, recording, proofFindings: new FindingList(), proof: undefined, proofMs: 0 };
  if (unreachable !== undefined) {
    const none = {
      workers: [],
      loadMs: 0,
      events: [],
      perSecond: 0,
      end: "unreachable",
      endReason: unreachable,
    } as const;
    return { type: "report", report: buildReport(wanted, { ...base, ...none }), journalKept: undefined };
  }
  const plan = { ...wanted.plan, toys: toys.names, journalFile: opened?.file };
  const loaded = await load(wanted, plan, workersWanted, recording, world);
  const proved =
    opened !== undefined && wanted.verify ? await prove(wanted, opened, loaded, recording, world) : undefined;
  const report = buildReport(wanted, {
    ...base,
    ...loaded,
    ...(proved === undefined ? {} : { proof: proved.proof, proofFindings: proved.findings, proofMs: proved.tookMs }),
  });
  const isProved = proved !== undefined && proved.proof.holes.length === 0 && report.findingsCount === 0;
  return { type: "report", report, journalKept: opened?.close(isProved) };
}

/** The first front-end that does not answer. That it is not ready yet is for the retries: any answer will do. */
async function findUnreachable(wanted: RunArguments, world: RunWorld): Promise<string | undefined> {
  for (const target of wanted.plan.targets) {
    const connection = new TcpConnection({ ...target, timeoutMs: wanted.plan.timeoutMs }, world.clock);
    const timer = setInterval(() => connection.expire(), 50);
    const result = await connection.send({ method: "GET", path: "/healthz" });
    clearInterval(timer);
    connection.close();
    if ("failure" in result) return `${target.host}:${target.port}`;
  }
  return undefined;
}

function usualWorkers({ pace, connections }: Pick<LoadPlan, "pace" | "connections">): number {
  const { connectionsPerWorker, iterationsPerWorker } = performLimits;
  const byRate = pace.type === "open" ? pace.perSecond / iterationsPerWorker : connections / connectionsPerWorker;
  return Math.max(1, Math.min(Math.ceil(byRate), cpus().length, connections));
}

interface Loaded {
  readonly workers: readonly WorkerSummary[];
  readonly loadMs: number;
  readonly events: Report["events"];
  readonly perSecond: number;
  readonly end: LoadEnd;
  readonly endReason: string;
}

async function load(
  wanted: RunArguments,
  plan: LoadPlan,
  workersWanted: number,
  recording: Recording,
  world: RunWorld,
): Promise<Loaded> {
  const crew = startCrew(plan, workersWanted, { ...world, epochClock: world.clock }, (message) => {
    if (message.type === "slice") recording.take(message.slice);
  });
  const live = new Live(wanted, crew, recording, world);
  const workers = await crew.finished.finally(() => live.end());
  const loadMs = Math.max(1, world.clock.now() - crew.zeroEpochMs);
  recording.finish();
  const answered = Object.values(recording.totals).reduce((sum, { latency }) => sum + latency.totalCount, 0);
  const worst = worstOf(workers);
  return {
    workers,
    loadMs,
    events: live.events,
    perSecond: (answered * 1000) / loadMs,
    end: worst?.end ?? "complete",
    endReason: worst?.reason ?? "",
  };
}

/** Gravest first. */
const ends: readonly LoadEnd[] = ["journal failed", "worker failed", "gave up", "interrupted", "complete"];

function worstOf(workers: readonly WorkerSummary[]): WorkerSummary | undefined {
  return [...workers].sort((a, b) => ends.indexOf(a.end) - ends.indexOf(b.end))[0];
}

interface Proved {
  readonly proof: ProofReport;
  readonly findings: FindingList;
  readonly tookMs: number;
}

async function prove(
  wanted: RunArguments,
  opened: OpenJournal,
  loaded: Loaded,
  recording: Recording,
  world: RunWorld,
): Promise<Proved> {
  const content = readJournal(opened.file);
  const startMs = world.clock.now();
  const { plan } = wanted;
  const connections = Math.min(
    performLimits.proofConnectionsMax,
    Math.max(performLimits.proofConnectionsMin, plan.connections),
  );
  if ("problem" in content) throw new Error(content.problem);
  const { latency } = recording.totals.check;
  const silent = makeHistogram();
  // Only session_check's own reading back is a measurement of the store; a proof on request is not.
  const measured = wanted.runType === "session_check" ? latency : silent;
  const options = { connections, retryMs: plan.retryMs, timeoutMs: plan.timeoutMs, resolve: wanted.resolve };
  const proof = new Proof(
    content,
    plan.targets,
    { ...options, lastPurchaseMs: startMs, exclusiveUntilNow: wanted.exclusive },
    {
      clock: world.clock,
      pause: world.pause,
      // A store that fell silent is not asked for every single order.
      stopped: () => world.interrupted() || loaded.end === "gave up",
      epochMs: () => Date.now(),
      onLookUp: (answered, tookMs) => {
        if (answered) recordMs(measured, tookMs);
      },
      onProgress: (done, of) => world.progress.proof(done, of, world.clock.now() - startMs),
    },
  );
  const result = await proof.run();
  world.progress.clear();
  const tookMs = Math.max(1, world.clock.now() - startMs);
  return {
    proof: describeProof(result, content.head.targets, opened.file, content.purchases.size, tookMs),
    findings: result.findings,
    tookMs,
  };
}

/** A proof's result as the report has it. */
export function describeProof(
  result: ProofResult,
  frontEnds: readonly string[],
  journal: string,
  intents: number,
  tookMs: number,
): ProofReport {
  const { findings: _, ...counts } = result;
  return { frontEnds, journal, intents, ...counts, seconds: Number((tookMs / 1000).toFixed(3)) };
}
