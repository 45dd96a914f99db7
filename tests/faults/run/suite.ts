import { isIsolated } from "../store/isolation.ts";
import type { Fault } from "../table/fault.ts";
import { faultTable, type Group } from "../table/table.ts";
import { type EpisodeOutcome, type FaultOutcome, runEpisode } from "./episode.ts";
import { onceOnly, prepareSetting, settingOf } from "./setting.ts";

export interface SuiteOptions {
  readonly seed: number;
  /** Only what every change has to pass. */
  readonly brief: boolean;
  /** Only these groups; all if empty. */
  readonly only: readonly string[];
  /** How often each fault is tried. */
  readonly repeat: number;
  readonly onGroup?: (name: string) => void;
  readonly onFault?: (outcome: FaultOutcome) => void;
  readonly onEpisode?: (outcome: EpisodeOutcome) => void;
  /** True: no further fault is begun. */
  readonly isStopped?: () => boolean;
}

/** What one group of faults came to. */
export interface GroupOutcome {
  readonly group: Group["name"];
  /** Undefined: not run, this machine lacks what it needs. */
  readonly episode: EpisodeOutcome | undefined;
}

const idleConnections = 10_000;
const longMs = { brief: 800, full: 1_500 };

/** Which groups need mounts and networks of their own. */
export function needsIsolation(group: Group["name"]): boolean {
  return settingOf(group) === "own networks";
}

/** The groups that a run with these options is about. */
export function groupsOf({ only, brief }: Pick<SuiteOptions, "only" | "brief">): readonly Group[] {
  return faultTable(idleConnections)
    .filter(({ name }) => only.length === 0 || only.includes(name))
    .map(({ name, faults }) => ({ name, faults: faults.filter((fault) => !brief || fault.brief === true) }));
}

/** Runs group after group, each on a store of its own. */
export async function runSuite(options: SuiteOptions): Promise<GroupOutcome[]> {
  const outcomes: GroupOutcome[] = [];
  const makeNamespaces = onceOnly();
  for (const group of groupsOf(options)) {
    if (options.isStopped?.() === true) break;
    options.onGroup?.(group.name);
    if (needsIsolation(group.name) && !isIsolated()) {
      outcomes.push({ group: group.name, episode: undefined });
      continue;
    }
    const { store, namespaces } = await prepareSetting(settingOf(group.name), makeNamespaces);
    await using _ = store;
    const faults: Fault[] = Array.from({ length: options.repeat }, () => group.faults).flat();
    const episode = await runEpisode(store, faults, {
      seed: options.seed,
      namespaces,
      longMs: options.brief ? longMs.brief : longMs.full,
      ...(options.onFault === undefined ? {} : { onFault: options.onFault }),
      ...(options.isStopped === undefined ? {} : { isStopped: options.isStopped }),
    });
    options.onEpisode?.(episode);
    outcomes.push({ group: group.name, episode });
  }
  return outcomes;
}

/** Every broken promise, each with the fault that it belongs to. */
export function complaintsOf(episode: EpisodeOutcome): string[] {
  const ofFaults = episode.faults.flatMap(({ fault, complaints }) => complaints.map((one) => `${fault.name}: ${one}`));
  return [...ofFaults, ...episode.complaints];
}
