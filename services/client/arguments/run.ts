import type { Fault } from "../faults/fault.ts";
import type { LoadPlan } from "../load/plan.ts";
import type { Threshold } from "../report/thresholds.ts";
import { checkCombination } from "./combinations.ts";
import { type NotParsed, parseWords } from "./parse.ts";
import { describeRun } from "./run-options.ts";

/** query: reads only; session: reads and buys; session_check: and proves every order afterwards. */
export const runTypes = ["session_check", "session", "query"] as const;
export type RunType = (typeof runTypes)[number];

/** What the command line of a run asks for; every value is within its limits. */
export interface RunArguments {
  readonly words: readonly string[];
  /** "mix": a workload of --mix. */
  readonly runType: RunType | "mix";
  readonly plan: Omit<LoadPlan, "toys" | "journalFile">;
  /** Undefined: as many as the load needs. */
  readonly workers: number | undefined;
  /** Where toy names are read; undefined: data/catalog.csv if there is one, else ten known toys. */
  readonly catalogFile: string | undefined;
  readonly verify: boolean;
  /** Where the journal is kept; undefined: in a temporary file while it is needed. */
  readonly journalFile: string | undefined;
  readonly resolve: "lookup" | "repeat";
  /** Nobody else buys. */
  readonly exclusive: boolean;
  readonly restockQuantity: number;
  readonly restockIntervalS: number;
  readonly faults: readonly Fault[];
  /** Written by `bun run services`. */
  readonly processesFile: string;
  readonly thresholds: readonly Threshold[];
  readonly jsonFile: string | undefined;
  readonly htmlFile: string | undefined;
}

export type ParsedRun = { readonly type: "run"; readonly arguments: RunArguments } | NotParsed;

/** Parses the words of a run. Every spelling --n-repeats, --n_repeats, -n_repeats is taken. */
export function parseRun(words: readonly string[]): ParsedRun {
  const command = describeRun();
  return parseWords(command, words) ?? checkCombination(command, words);
}
