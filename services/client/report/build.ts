import type { RunArguments } from "../arguments/run.ts";
import { addEncoded, makeHistogram } from "../load/latency.ts";
import type { LoadEnd, RequestType, WorkerSummary } from "../load/slice.ts";
import { FindingList } from "../proof/findings.ts";
import { describeLatency, percentileCurve } from "./latency.ts";
import { forEachType, type Recording } from "./recording.ts";
import {
  type ExitStatus,
  type GeneratorReport,
  type ProofReport,
  type Report,
  type RequestReport,
  reportVersion,
  type TimedEvent,
} from "./report.ts";
import { checkThreshold } from "./thresholds.ts";

const generatorLimits = {
  /** Above this share of a core a worker is taken to have been busy with itself. */
  cpuMax: 0.9,
  /** Above this, at the 99th percentile, iterations began late through the generator's own fault. */
  latenessMsMax: 20,
};

/** All that a run came to, for buildReport to put together. */
export interface RunResult {
  readonly startedAt: Date;
  readonly title: string;
  readonly recording: Recording;
  readonly workers: readonly WorkerSummary[];
  readonly loadMs: number;
  /** How long look-ups took after the load; 0: there were none. */
  readonly proofMs: number;
  readonly proof: ProofReport | undefined;
  readonly proofFindings: FindingList;
  readonly events: readonly TimedEvent[];
  /** Requests per second, before any look-up of the proof was added to `recording`. */
  readonly perSecond: number;
  readonly end: LoadEnd;
  readonly endReason: string;
}

export function buildReport(wanted: RunArguments, result: RunResult): Report {
  const { recording, loadMs, proof, workers } = result;
  const seconds = Math.max(1, loadMs) / 1000;
  const requests = forEachType((type) => describeRequests(type, wanted, result));
  const generator = describeGenerator(wanted, recording, workers);
  const findings = gatherFindings(result);
  const thresholds = wanted.thresholds.map((at) =>
    checkThreshold(at, { requests, generator, perSecond: result.perSecond }),
  );
  const unjudged = {
    toystoreReport: reportVersion,
    startedAt: result.startedAt.toISOString(),
    command: wanted.words,
    title: result.title,
    end: result.end,
    endReason: result.endReason,
    seconds: Number(seconds.toFixed(3)),
    perSecond: Number(result.perSecond.toFixed(1)),
    requests,
    errors: Object.fromEntries(recording.errors),
    failedAttempts: Object.fromEntries(recording.failedAttempts),
    orders: {
      acknowledged: recording.orders,
      outOfStock: recording.outOfStock,
      perSecond: Number((recording.orders / seconds).toFixed(1)),
    },
    generator,
    timeline: recording.timeline,
    events: result.events,
    thresholds,
    ...(proof === undefined ? {} : { proof }),
    findings: findings.kept,
    findingsCount: findings.count,
  } as const;
  return { ...unjudged, exitStatus: judge(unjudged, wanted) };
}

function describeRequests(type: RequestType, wanted: RunArguments, result: RunResult): RequestReport {
  const { latency, errors, retries } = result.recording.totals[type];
  const inProof = type === "check" && result.proofMs > 0 && wanted.runType !== "mix";
  const seconds = Math.max(1, inProof ? result.proofMs : result.loadMs) / 1000;
  return {
    answered: latency.totalCount,
    errors,
    retries,
    perSecond: Number((latency.totalCount / seconds).toFixed(1)),
    latency: describeLatency(latency),
    percentiles: percentileCurve(latency),
  };
}

function gatherFindings({ workers, proofFindings }: RunResult): FindingList {
  const all = new FindingList();
  for (const { findings, findingsCount } of workers) all.addAll(findings, findingsCount);
  all.addAll(proofFindings.kept, proofFindings.count);
  return all;
}

function describeGenerator(
  wanted: RunArguments,
  recording: Recording,
  workers: readonly WorkerSummary[],
): GeneratorReport {
  const lateness = makeHistogram();
  for (const worker of workers) addEncoded(lateness, worker.lateness);
  const facts = {
    workers: workers.length,
    iterations: recording.iterations,
    dropped: recording.dropped,
    waited: workers.reduce((sum, { waited }) => sum + waited, 0),
    cpu: Number(Math.max(0, ...workers.map(({ cpu }) => cpu)).toFixed(3)),
    lateness: describeLatency(lateness),
  };
  return { ...facts, warnings: warn(wanted, facts) };
}

function warn(wanted: RunArguments, facts: Omit<GeneratorReport, "warnings">): string[] {
  const { pace, connections } = wanted.plan;
  const warnings: string[] = [];
  if (facts.cpu > generatorLimits.cpuMax) {
    const percent = Math.round(facts.cpu * 100);
    warnings.push(
      `the generator was the bottleneck: a worker used ${percent} % of a core (more --workers, or a lower load)`,
    );
  }
  if (facts.lateness.p99 > generatorLimits.latenessMsMax) {
    warnings.push(
      `the generator could not keep up: 1 % of the iterations began more than ${facts.lateness.p99} ms late`,
    );
  }
  if (pace.type === "open" && facts.waited > facts.iterations / 2) {
    warnings.push(
      `${facts.waited} of ${facts.iterations} iterations waited for a free connection (their wait is counted): ` +
        `${connections} are too few for this rate, or the store is too slow for it`,
    );
  }
  if (facts.dropped > 0) {
    warnings.push(`${facts.dropped} iterations were DROPPED: they were due and never begun, no latency counts them`);
  }
  return warnings;
}

type Unjudged = Omit<Report, "exitStatus">;

/** The worst of what happened decides; a broken promise is worse than anything. */
function judge(report: Unjudged, wanted: RunArguments): ExitStatus {
  if (report.findingsCount > 0) return 3;
  if (report.end === "unreachable" || report.end === "gave up") return 4;
  if (report.end === "journal failed" || report.end === "worker failed") return 1;
  if (report.thresholds.some(({ kept }) => !kept)) return 2;
  const judgesErrors = wanted.thresholds.some(({ metric }) => metric === "errors" || metric === "errorShare");
  if (!judgesErrors && errorsOf(report) > 0) return 2;
  if (report.proof !== undefined && report.proof.holes.length > 0) return report.end === "interrupted" ? 130 : 2;
  return report.end === "interrupted" && wanted.verify && isUnproved(report) ? 130 : 0;
}

function isUnproved({ proof, orders }: Unjudged): boolean {
  return orders.acknowledged > 0 && (proof === undefined || proof.verified < proof.acknowledged);
}

/** Requests of every type that were not answered. */
export function errorsOf({ requests }: Pick<Report, "requests">): number {
  return requests.query.errors + requests.buy.errors + requests.check.errors;
}
