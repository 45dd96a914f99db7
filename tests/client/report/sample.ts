import { parseRun, type RunArguments } from "../../../services/client/arguments/run.ts";
import { recordMs } from "../../../services/client/load/latency.ts";
import { Recorder } from "../../../services/client/load/recorder.ts";
import type { WorkerSummary } from "../../../services/client/load/slice.ts";
import { type Finding, FindingList } from "../../../services/client/proof/findings.ts";
import { buildReport, type RunResult } from "../../../services/client/report/build.ts";
import { Recording } from "../../../services/client/report/recording.ts";
import type { ProofReport, Report } from "../../../services/client/report/report.ts";

export function wanted(...words: string[]): RunArguments {
  const parsed = parseRun(words);
  if (parsed.type !== "run") throw new Error(`test arguments are wrong: ${JSON.stringify(parsed)}`);
  return parsed.arguments;
}

export const worker: WorkerSummary = {
  end: "complete",
  reason: "",
  cpu: 0.25,
  lateness: "",
  waited: 0,
  findings: [],
  findingsCount: 0,
};

export const proof: ProofReport = {
  frontEnds: ["127.0.0.1:1110"],
  journal: "journal.jsonl",
  intents: 2,
  acknowledged: 2,
  refused: 0,
  unknown: 0,
  happened: 0,
  didNotHappen: 0,
  verified: 2,
  foreign: 0,
  stockChecked: 162,
  holes: [],
  notes: [],
  seconds: 0.5,
};

/** A hundred queries of 1 to 100 ms in the first second, two orders in the next, both proved. */
export function sampleReport(
  changed: Partial<RunResult> & { record?: (recorder: Recorder) => void; findings?: readonly Finding[] } = {},
  ...words: string[]
): Report {
  const recording = new Recording(1);
  const recorder = new Recorder((slice) => recording.take(slice));
  for (let ms = 1; ms <= 100; ms++) recorder.answer("query", 500, 500 + ms);
  for (let i = 0; i < 2; i++) {
    recorder.answer("buy", 1_000, 1_008);
    recorder.count("orders", 1_000, 1_008);
  }
  changed.record?.(recorder);
  recorder.finish();
  recording.finish();
  recordMs(recording.totals.check.latency, 2);
  recordMs(recording.totals.check.latency, 2);
  const proofFindings = new FindingList();
  for (const finding of changed.findings ?? []) proofFindings.add(finding);
  return buildReport(wanted(...words), {
    startedAt: new Date(0),
    title: "session_check at 127.0.0.1:1110",
    recording,
    workers: [worker],
    loadMs: 2_000,
    proofMs: 500,
    proof,
    proofFindings,
    events: [],
    perSecond: 51,
    end: "complete",
    endReason: "",
    ...changed,
  });
}
