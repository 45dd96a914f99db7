import type { Finding } from "../proof/findings.ts";

export const requestTypes = ["query", "buy", "check"] as const;
export type RequestType = (typeof requestTypes)[number];

/** What one worker saw of one type of request in one second. */
export interface TypeSlice {
  /** Of answered requests; see latency.ts. */
  readonly latency: string;
  readonly errors: number;
  /** Attempts after the first. */
  readonly retries: number;
}

/** What one worker saw in one second of the load. */
export interface Slice {
  /** Seconds since the measured time began: 0 is the first. */
  readonly second: number;
  readonly requests: Readonly<Record<RequestType, TypeSlice>>;
  /** "buy: HTTP 503" to how often; requests that were not answered within their retries. */
  readonly errors: Readonly<Record<string, number>>;
  /** The same for single attempts that were repeated. */
  readonly failedAttempts: Readonly<Record<string, number>>;
  readonly orders: number;
  readonly outOfStock: number;
  /** Iterations begun, and iterations that were due but never begun. */
  readonly iterations: number;
  readonly dropped: number;
}

/** How a load came to its end. */
export type LoadEnd =
  | "complete"
  /** Nobody listens at the front-end's address. */
  | "unreachable"
  /** The store fell silent and stayed so. */
  | "gave up"
  /** The user stopped it. */
  | "interrupted"
  /** Intents could not be written any more. */
  | "journal failed"
  /** A worker process ended by itself. */
  | "worker failed";

/** What a worker says of itself at its end. */
export interface WorkerSummary {
  readonly end: LoadEnd;
  /** Why it ended so, if the system gave a reason. */
  readonly reason: string;
  /** Share of one core that its process used while it worked. */
  readonly cpu: number;
  /** How late the generator itself was with an iteration although a connection was free; see latency.ts. */
  readonly lateness: string;
  /** Iterations that were due while every connection was in use. */
  readonly waited: number;
  /** Broken promises that shoppers noticed at once. */
  readonly findings: readonly Finding[];
  readonly findingsCount: number;
}

/** From a worker to the command that started it. */
export type WorkerMessage =
  | { readonly type: "slice"; readonly slice: Slice }
  | { readonly type: "done"; readonly summary: WorkerSummary };
