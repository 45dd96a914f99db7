import type { Work } from "../work.ts";

/** What one run of a generator saw. */
export interface LoadReport {
  readonly requests: number;
  readonly seconds: number;
  /** Replies of status 400 or more, broken connections and timeouts. */
  readonly failures: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** The generator's share of one core: near 1 it, and not the server, may be the limit. */
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

/** What makes the load; a closed loop on each connection. */
export interface Generator {
  /** With its version, for the report. */
  readonly title: string;
  /** `orders`: so many orders can be looked up. */
  run(work: Work, orders: number, options: LoadOptions): Promise<LoadReport>;
}

export function rateOf({ requests, seconds }: LoadReport): number {
  return requests / seconds;
}
