import { Dice } from "../../sim/kernel/dice.ts";
import { checkHistory } from "../checks/history.ts";
import { awaitRest, checkFiles } from "../checks/rest.ts";
import { Load, type LoadOptions, type Purchase } from "../load/load.ts";
import type { FaultStore } from "../store/fault-store.ts";
import type { Namespaces } from "../store/namespaces.ts";
import { awaitUnity } from "../store/standing.ts";
import type { Fault, Scene } from "../table/fault.ts";

/** What one fault did. */
export interface FaultOutcome {
  readonly fault: Fault;
  /** The longest that a client waited for an answer. */
  readonly longestMs: number;
  /** How often what happened, excused or not. */
  readonly troubles: Readonly<Record<string, number>>;
  /** Broken promises; empty: it is as the table says. */
  readonly complaints: readonly string[];
}

/** What a sequence of faults did, and what the checkers say of the whole history. */
export interface EpisodeOutcome {
  readonly faults: readonly FaultOutcome[];
  readonly complaints: readonly string[];
  readonly operations: number;
  readonly orders: number;
  readonly linearizable: number;
  readonly undecided: number;
}

export interface EpisodeOptions {
  readonly seed: number;
  readonly longMs?: number;
  readonly load?: Partial<Pick<LoadOptions, "shoppers" | "pauseMs">>;
  readonly namespaces?: Namespaces | undefined;
  /** Acknowledged in earlier episodes; this one's are added. */
  readonly purchases?: Purchase[];
  readonly onFault?: (outcome: FaultOutcome) => void;
  /** True: no further fault is begun. */
  readonly isStopped?: () => boolean;
}

/** What shoppers buy, all of them. */
export const toys: readonly string[] = [
  "Tux",
  "Whale",
  "Elephant",
  "Python",
  "Lego",
  "Barbie",
  "Slinky",
  "Frisbee",
  "Monopoly",
  "Marbles",
];

/**
 * Faults, one after the other, on a store that sells; then it comes to rest, and
 * everything that clients saw is held against what the files say.
 */
export async function runEpisode(
  store: FaultStore,
  faults: readonly Fault[],
  options: EpisodeOptions,
): Promise<EpisodeOutcome> {
  store.startAll();
  await awaitUnity(store);
  const { catalog } = await awaitRest(store);
  const before = new Map([...catalog.products].map(([name, { onHand }]) => [name, onHand]));
  const load = new Load({ counters: store.counters, toys, seed: options.seed, ...options.load });
  const outcomes: FaultOutcome[] = [];
  try {
    await load.progress(10);
    const { longMs = 1_200 } = options;
    const scene = { store, load, namespaces: options.namespaces, dice: new Dice(options.seed), longMs };
    for (const fault of faults) {
      if (options.isStopped?.() === true) break;
      const outcome = await runFault(scene, fault);
      outcomes.push(outcome);
      options.onFault?.(outcome);
    }
  } finally {
    await load.stop();
  }
  const rest = await awaitRest(store);
  const verdict = checkHistory(load.history, rest, before, toys);
  const purchases = options.purchases ?? [];
  purchases.push(...load.purchases);
  const complaints = [...verdict.complaints, ...checkFiles(rest, purchases), ...load.violations];
  const { linearizable, undecided } = verdict;
  const counts = { operations: load.history.operations.length, orders: rest.orders.length, linearizable, undecided };
  return { faults: outcomes, complaints, ...counts };
}

async function runFault(scene: Scene, fault: Fault): Promise<FaultOutcome> {
  const { load } = scene;
  const startMs = performance.now();
  const before = load.troubles.length;
  const complaints: string[] = [];
  let also: RegExp | void = undefined;
  try {
    also = await fault.act(scene);
  } catch (error) {
    complaints.push(error instanceof Error ? error.message : String(error));
  }
  const troubles: Record<string, number> = {};
  for (const { what } of load.troubles.slice(before)) troubles[what] = (troubles[what] ?? 0) + 1;
  for (const [what, times] of Object.entries(troubles)) {
    if (fault.excused?.test(what) !== true && also?.test(what) !== true) complaints.push(`${what}, ${times} times`);
  }
  return { fault, longestMs: load.longestMs(startMs), troubles, complaints };
}
