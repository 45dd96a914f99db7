import { Dice } from "../../sim/kernel/dice.ts";
import type { Purchase } from "../load/load.ts";
import { isIsolated } from "../store/isolation.ts";
import type { Fault, Victim } from "../table/fault.ts";
import { faultTable } from "../table/table.ts";
import { type EpisodeOutcome, type FaultOutcome, runEpisode } from "./episode.ts";
import { onceOnly, prepareSetting, type Setting } from "./setting.ts";

export interface SoakOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly onRound: (round: number, setting: string) => void;
  readonly onFault: (outcome: FaultOutcome) => void;
  readonly onEpisode: (outcome: EpisodeOutcome) => void;
  readonly isStopped: () => boolean;
}

const faultsOfRound = { low: 5, high: 12 };
const togetherChance = 0.25;
const idleConnections = 3_000;

/** A store that is hurt round after round, and remembers what it has sold. */
interface Sufferer extends Setting {
  readonly name: string;
  readonly purchases: Purchase[];
}

/**
 * Faults at random, also two at once, round after round on the same stores,
 * until the time is over. The plan follows from the seed, how it interleaves
 * with the processes does not. At the end of each round the store comes to rest
 * and everything is checked.
 */
export async function soak(options: SoakOptions): Promise<void> {
  const dice = new Dice(options.seed);
  const deadline = performance.now() + options.minutes * 60_000;
  const isOver = (): boolean => options.isStopped() || performance.now() > deadline;
  await using stack = new AsyncDisposableStack();
  const sufferers: Sufferer[] = [];
  const makeNamespaces = onceOnly();
  for (const name of ["proxied", ...(isIsolated() ? ["own networks" as const] : [])] as const) {
    const setting = await prepareSetting(name, makeNamespaces);
    stack.use(setting.store);
    sufferers.push({ ...setting, name, purchases: [] });
  }
  for (let round = 1; !isOver(); round++) {
    const sufferer = dice.pick(sufferers);
    options.onRound(round, sufferer.name);
    const { store, namespaces, purchases } = sufferer;
    const outcome = await runEpisode(store, drawFaults(dice, sufferer), {
      seed: options.seed + round,
      namespaces,
      longMs: dice.int(500, 3_000),
      load: { shoppers: dice.int(2, 5), pauseMs: dice.int(4, 20) },
      purchases,
      onFault: options.onFault,
      isStopped: isOver,
    });
    options.onEpisode(outcome);
    await store.killAll();
  }
}

function drawFaults(dice: Dice, { offers }: Setting): Fault[] {
  const all = faultTable(idleConnections)
    .filter(({ name }) => name !== "shared port")
    .flatMap(({ faults }) => faults)
    .filter(({ needs }) => needs === undefined || offers.has(needs));
  return Array.from({ length: dice.int(faultsOfRound.low, faultsOfRound.high) }, () => {
    const fault = dice.pick(all);
    const others = all.filter((other) => areIndependent(fault, other));
    return others.length > 0 && dice.chance(togetherChance) ? together(fault, dice.pick(others)) : fault;
  });
}

/** Each can do what it does whatever becomes of the other's victim; clients that hurt need a front-end that is there. */
function areIndependent({ victim: one }: Fault, { victim: other }: Fault): boolean {
  const isBoth = (a: Victim, b: Victim): boolean => (one === a && other === b) || (one === b && other === a);
  return one !== other && one !== "everyone" && other !== "everyone" && !isBoth("clients", "front-end");
}

/** Two faults at once; each may cost what it costs alone. */
function together(one: Fault, other: Fault): Fault {
  return {
    name: `${one.name}, and ${other.name}`,
    victim: "everyone",
    cost: `${one.cost}; ${other.cost}`,
    excused: either(one.excused, other.excused),
    async act(scene) {
      const outcomes = await Promise.allSettled([one.act(scene), other.act(scene)]);
      const reasons = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [String(outcome.reason)] : []));
      if (reasons.length > 0) throw new Error(reasons.join("\n"));
      return outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : undefined)).find(Boolean);
    },
  };
}

function either(one: RegExp | undefined, other: RegExp | undefined): RegExp {
  const sources = [one, other].flatMap((pattern) => (pattern === undefined ? [] : [`(?:${pattern.source})`]));
  return new RegExp(sources.length === 0 ? "(?!)" : sources.join("|"));
}
