import type { Command } from "commander";
import type { Address, LoadPlan, Pace, Workload } from "../load/plan.ts";
import { argumentLimits } from "./limits.ts";
import { isGiven, usage } from "./parse.ts";
import type { ParsedRun, RunArguments } from "./run.ts";
import type { RunValues } from "./run-options.ts";

/** Options that say the same thing twice, or contradict each other, and what to do instead. */
const conflicts: readonly (readonly [first: string, second: string, hint: string])[] = [
  ["--target", "--front-host", "name every front-end by --target"],
  ["--target", "--front-port", "name every front-end by --target"],
  ["--connections", "--n-threads", "they mean the same: keep one"],
  ["--duration", "--n-repeats", "a run ends after a time or after repeats: keep one"],
  ["--mix", "--run-type", "a mix takes the place of the run type; add --verify to prove what it buys"],
  ["--mix", "--p", "the mix says how many requests are purchases: --mix read=50,buy=50"],
];

/** Turns what commander parsed into the arguments of a run, unless they do not fit together. */
export function checkCombination(command: Command, words: readonly string[]): ParsedRun {
  const values = command.opts<RunValues>();
  const problem = findConflict(command) ?? findProblem(command, values);
  if (problem !== undefined) return usage(command, problem);
  const plan = makePlan(command, values);
  const wanted = makeArguments(words, values, plan);
  const impossible = findImpossible(wanted);
  return impossible === undefined ? { type: "run", arguments: wanted } : usage(command, impossible);
}

function findConflict(command: Command): string | undefined {
  const given = (flag: string): boolean => isGiven(command, camelCase(flag));
  const found = conflicts.find(([first, second]) => given(first) && given(second));
  return found === undefined ? undefined : `${found[0]} and ${found[1]} do not go together: ${found[2]}`;
}

function findProblem(command: Command, values: RunValues): string | undefined {
  const given = (option: string): boolean => isGiven(command, option);
  if (values.rate !== undefined && values.duration === undefined) return "--rate needs --duration: for how long?";
  if (given("warmup") && values.duration === undefined)
    return "--warmup needs --duration: what comes after it is measured";
  const late = values.fault?.find((fault) => values.duration !== undefined && fault.atMs >= values.duration);
  if (late !== undefined) return `--fault ${late.text} comes after the end: give a longer --duration`;
  if (given("processes") && values.fault === undefined) return "--processes is for --fault: add one, or leave it out";
  return undefined;
}

function makePlan(command: Command, values: RunValues): RunArguments["plan"] {
  const workload = workloadOf(values);
  const pace = paceOf(values);
  const connections = values.connections ?? (isGiven(command, "nThreads") ? values.nThreads : usualConnections(values));
  return {
    targets: targetsOf(values),
    connections,
    workload,
    pace,
    warmupMs: values.warmup,
    products: values.products,
    quantity: values.quantity,
    retryMs: values.retry,
    timeoutMs: values.timeout,
    keepAlive: values.keepalive,
    seed: values.seed,
    watchOwnStock: values.exclusive === true && connections === 1 && values.quantity.high === 1,
  };
}

function makeArguments(words: readonly string[], values: RunValues, plan: RunArguments["plan"]): RunArguments {
  const runType = values.mix === undefined ? values.runType : "mix";
  return {
    words,
    runType,
    plan,
    workers: values.workers,
    catalogFile: values.catalog,
    verify: values.verify ?? (runType === "session_check" || values.journal !== undefined),
    journalFile: values.journal,
    resolve: values.resolve,
    exclusive: values.exclusive === true,
    restockQuantity: values.restockQuantity,
    restockIntervalS: values.restockInterval / 1000,
    faults: values.fault ?? [],
    processesFile: values.processes,
    thresholds: values.threshold ?? [],
    jsonFile: values.json,
    htmlFile: values.html,
  };
}

/** What no run could do. */
function findImpossible({ plan, runType, verify, workers, journalFile }: RunArguments): string | undefined {
  const { connections, pace, workload } = plan;
  if (iterationsOf(plan) > argumentLimits.iterationsMax) {
    const product = pace.type === "repeats" ? "n_repeats x n_threads" : "rate x duration";
    return `${product} is above ${argumentLimits.iterationsMax}; run several clients, or shorter`;
  }
  if (workers !== undefined && workers > connections) {
    return `${workers} workers need a connection each, there are ${connections}: raise --connections`;
  }
  const buys = workload.type === "mix" ? workload.buy > 0 : runType !== "query";
  if (!buys && verify && runType !== "session_check")
    return "there is nothing to prove: this load buys nothing, leave out --verify";
  if (!buys && journalFile !== undefined)
    return "there is nothing to record: this load buys nothing, leave out --journal";
  return undefined;
}

function iterationsOf({ pace, connections, warmupMs }: Pick<LoadPlan, "pace" | "connections" | "warmupMs">): number {
  if (pace.type === "repeats") return pace.repeats * connections;
  return pace.type === "open" ? (pace.perSecond * (pace.durationMs + warmupMs)) / 1000 : 0;
}

function workloadOf(values: RunValues): Workload {
  if (values.mix !== undefined) return values.mix;
  return { type: "session", buyProbability: values.runType === "query" ? 0 : values.p };
}

function paceOf({ duration, rate, nRepeats }: RunValues): Pace {
  if (duration === undefined) return { type: "repeats", repeats: nRepeats };
  if (rate === undefined) return { type: "closed", durationMs: duration };
  return { type: "open", durationMs: duration, perSecond: rate };
}

function usualConnections({ rate, nThreads }: RunValues): number {
  return rate === undefined ? nThreads : Math.min(500, Math.max(10, Math.ceil(rate / 5)));
}

function targetsOf({ target, frontHost, frontPort }: RunValues): readonly Address[] {
  return target ?? [{ host: frontHost, port: frontPort }];
}

/** "--n-repeats" as commander stores it: "nRepeats". */
function camelCase(flag: string): string {
  return flag.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
