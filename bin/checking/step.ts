import type { Ending } from "./command.ts";

/** What a step found. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** A few words for the step's line. */
  readonly note: string;
  /** What a reader needs who has to mend it; shown only if something failed. */
  readonly details: string;
}

/** One line of the report. What `run` is there to find is in its outcome; it throws only if it cannot look. */
export interface Step {
  readonly name: string;
  run(limitMs: number): Promise<Outcome>;
}

export function pass(note = ""): Outcome {
  return { passed: 1, failed: 0, skipped: 0, note, details: "" };
}

export function fail(details: string, note = ""): Outcome {
  return { passed: 0, failed: 1, skipped: 0, note, details };
}

/** Why a command may not count as having succeeded; undefined: it may. */
export function complaint(ending: Ending): string | undefined {
  if (ending.timedOut) return "took longer than its limit and was killed";
  if (ending.status === undefined) return "was ended by a signal";
  if (ending.status !== 0) return `ended with status ${ending.status}`;
  if (ending.leftBehind.length > 0) return `left processes behind:\n${ending.leftBehind.join("\n")}`;
  return undefined;
}

/** A command counts as one pass or one failure. */
export function outcomeOf(ending: Ending): Outcome {
  const reason = complaint(ending);
  return reason === undefined ? pass() : fail(`${shorten(ending.output)}\n${reason}`);
}

const shownCharsMax = 40_000;

/** Keeps both ends of a long text: the first error and the summary. */
export function shorten(text: string): string {
  if (text.length <= shownCharsMax) return text.trimEnd();
  const half = shownCharsMax / 2;
  const left = text.length - 2 * half;
  return `${text.slice(0, half)}\n... ${left} characters left out ...\n${text.slice(-half).trimEnd()}`;
}
