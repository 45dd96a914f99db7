/** One front-end. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Which product a shopper takes. */
export type ProductChoice =
  | { readonly type: "uniform" }
  /** The k-th product of the list with weight 1 / k^exponent. */
  | { readonly type: "zipf"; readonly exponent: number }
  /** One product only. */
  | { readonly type: "hot"; readonly name: string };

/** What an iteration does. */
export type Workload =
  /** Looks at a product and, if it is in stock, buys with this chance (0 to 1). */
  | { readonly type: "session"; readonly buyProbability: number }
  /** One request, of a kind drawn by weight. `check` reads back an order of the same shopper. */
  | { readonly type: "mix"; readonly read: number; readonly buy: number; readonly check: number };

/** When iterations start, and when they no longer do. */
export type Pace =
  /** Each connection repeats so many times, each time as soon as the last one ended. */
  | { readonly type: "repeats"; readonly repeats: number }
  /** As above, for a time. Milliseconds. */
  | { readonly type: "closed"; readonly durationMs: number }
  /** At a constant rate, whatever the store does: an open loop. */
  | { readonly type: "open"; readonly durationMs: number; readonly perSecond: number };

/** A load, or one worker's part of it. Plain values only: it travels between processes. */
export interface LoadPlan {
  /** Connections take them in turn. */
  readonly targets: readonly Address[];
  readonly connections: number;
  readonly workload: Workload;
  readonly pace: Pace;
  /** Load that is not measured, before the rest. */
  readonly warmupMs: number;
  readonly toys: readonly string[];
  readonly products: ProductChoice;
  /** Both ends included. */
  readonly quantity: { readonly low: number; readonly high: number };
  /** For how long a failed request is repeated, and how long one attempt may take. */
  readonly retryMs: number;
  readonly timeoutMs: number;
  readonly keepAlive: boolean;
  /** Makes the choices repeatable (never the keys). */
  readonly seed: number | undefined;
  /** Intents and outcomes of purchases are written here. */
  readonly journalFile: string | undefined;
  /** Nobody else buys, and there is one connection: what it sees must be what its purchases leave. */
  readonly watchOwnStock: boolean;
}

/** A worker's part: every `of`-th arrival and its share of the connections, from `index` on. */
export interface WorkerPlan extends LoadPlan {
  readonly worker: { readonly index: number; readonly of: number; readonly firstConnection: number };
  /** Milliseconds of the Unix epoch at which the load begins; workers start together. */
  readonly startEpochMs: number;
}

/** Cuts a load into parts for `of` workers. There are at least as many connections as workers. */
export function shareOut(plan: LoadPlan, of: number, startEpochMs: number): WorkerPlan[] {
  let firstConnection = 0;
  return Array.from({ length: of }, (_, index) => {
    const connections = Math.floor(plan.connections / of) + (index < plan.connections % of ? 1 : 0);
    const part = { ...plan, connections, worker: { index, of, firstConnection }, startEpochMs };
    firstConnection += connections;
    return part;
  });
}
