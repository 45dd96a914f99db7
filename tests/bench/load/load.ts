/** What one run of a generator saw. */
export interface LoadReport {
  readonly requests: number;
  readonly seconds: number;
  /** Replies of status 400 or more, broken connections and timeouts. */
  readonly failures: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** The generator's share of one core: at 1 it, and not the server, may be the limit. */
  readonly generatorCores: number;
}

/** Where load goes and how much. */
export interface LoadOptions {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Words before the generator's command: something that watches while it runs. */
  readonly prefix?: readonly string[];
}

export function rateOf({ requests, seconds }: LoadReport): number {
  return requests / seconds;
}
