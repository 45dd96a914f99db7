import type { LoadEnd, RequestType } from "../load/slice.ts";
import type { Finding } from "../proof/findings.ts";
import type { CheckedThreshold } from "./thresholds.ts";

/** Grows when a field changes its meaning or goes; added fields do not count. docs/client.md describes it. */
export const reportVersion = 1;

/** All that one run came to, as --json writes it. Times in milliseconds unless the name says otherwise. */
export interface Report {
  readonly toystoreReport: typeof reportVersion;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The words of the command line, after the program's name. */
  readonly command: readonly string[];
  /** One line for people: what was done, where. */
  readonly title: string;
  readonly end: LoadEnd;
  readonly endReason: string;
  /** Length of the measured time. */
  readonly seconds: number;
  /** Requests answered per second of it, all types together. */
  readonly perSecond: number;
  /** Requests after the load, by the proof, count as check. */
  readonly requests: Readonly<Record<RequestType, RequestReport>>;
  /** "buy: HTTP 503" to how often; requests that were not answered within their retries. */
  readonly errors: Readonly<Record<string, number>>;
  /** The same for single attempts that were repeated. */
  readonly failedAttempts: Readonly<Record<string, number>>;
  readonly orders: { readonly acknowledged: number; readonly outOfStock: number; readonly perSecond: number };
  readonly generator: GeneratorReport;
  readonly timeline: readonly TimelinePoint[];
  readonly events: readonly TimedEvent[];
  readonly thresholds: readonly CheckedThreshold[];
  /** Undefined: nothing was to be proved. */
  readonly proof?: ProofReport;
  /** Broken promises, the first hundred. */
  readonly findings: readonly Finding[];
  readonly findingsCount: number;
  readonly exitStatus: ExitStatus;
}

/** 0 well, 1 usage, 2 a threshold missed, 3 a promise broken, 4 store unreachable, 130 interrupted before all was proved. */
export type ExitStatus = 0 | 1 | 2 | 3 | 4 | 130;

export interface RequestReport {
  readonly answered: number;
  readonly errors: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** Answered, per second of the time in which such requests were made. */
  readonly perSecond: number;
  readonly latency: Latency;
  /** [percentile, milliseconds], for a plot. */
  readonly percentiles: readonly (readonly [number, number])[];
}

/** Milliseconds; all 0 if nothing was answered. */
export interface Latency {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly "p99.9": number;
  readonly "p99.99": number;
}

/** How the load generator itself did. */
export interface GeneratorReport {
  readonly workers: number;
  readonly iterations: number;
  /** Iterations that were due but never begun. */
  readonly dropped: number;
  /** Iterations that were due while every connection was in use. */
  readonly waited: number;
  /** Share of a core that the busiest worker used. */
  readonly cpu: number;
  /** How late iterations began although a connection was free; open loop only. */
  readonly lateness: Latency;
  /** Why the numbers show the generator's limits rather than the store's; empty: they do not. */
  readonly warnings: readonly string[];
}

/** One second of the measured time. */
export interface TimelinePoint {
  readonly second: number;
  readonly requests: Readonly<Record<RequestType, TimelineRequests>>;
  readonly errors: number;
  readonly retries: number;
  readonly dropped: number;
}

export interface TimelineRequests {
  readonly answered: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Something that happened to the store, for the time axis. */
export interface TimedEvent {
  /** Seconds since the measured time began. */
  readonly at: number;
  readonly label: string;
}

/** What was checked after the load. */
export interface ProofReport {
  readonly frontEnds: readonly string[];
  readonly journal: string;
  /** Purchases on record, and how they ended. */
  readonly intents: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  /** Of the unknown ones: those that were found to have happened, and those that did not. */
  readonly happened: number;
  readonly didNotHappen: number;
  /** Acknowledged orders that every front-end showed as they were bought. */
  readonly verified: number;
  /** Orders of others, seen between the run's own. */
  readonly foreign: number;
  /** Products whose stock adds up. */
  readonly stockChecked: number;
  /** What could not be checked, and why: then the proof has holes. */
  readonly holes: readonly string[];
  /** For people; no hole. */
  readonly notes: readonly string[];
  readonly seconds: number;
}
