import { type Generator, rateOf } from "../load/load.ts";
import { median } from "../samples.ts";
import { measureTwoSyncsUs } from "../syncs.ts";
import { Cells } from "./cells.ts";
import type { Contestants } from "./contestants.ts";
import { type Cost, measureCost } from "./cost.ts";
import type { Plan } from "./plan.ts";
import { cpuUsOf, treeOf } from "./processes.ts";
import { takeTurn } from "./turn.ts";

const warmUpConnections = 64;
const idleMs = 3000;

export interface Measurements {
  readonly cells: Cells;
  readonly costs: readonly Cost[];
  /** The share of a core that each peer takes from the others while it waits for its turn. */
  readonly idleCores: ReadonlyMap<string, number>;
  /** The median of the rounds'. */
  readonly twoSyncsUs: number;
}

/** What a comparison needs of the machine. */
export interface Surroundings {
  readonly generator: Generator;
  /** For whatever the measuring itself writes; on the disk that the peers use. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** Every peer gets its turn at every work with every number of connections, again in every round. */
export async function runRounds(
  plan: Plan,
  contestants: Contestants,
  surroundings: Surroundings,
): Promise<Measurements> {
  const { generator, folder, say } = surroundings;
  const cells = new Cells();
  const twoSyncs: number[] = [];
  const turns = plan.rounds * plan.works.length * plan.connections.length * contestants.all.length;
  say(`${turns} turns of ${plan.seconds} s: about ${Math.ceil((turns * plan.seconds) / 60) + 2} minutes`);
  if (plan.warmUpSeconds > 0) {
    const warmUp = { connections: warmUpConnections, seconds: plan.warmUpSeconds };
    for (const contestant of contestants.all) {
      for (const work of plan.works) await takeTurn(contestant, work, warmUp, generator);
    }
  }
  const idleCores = await measureIdling(contestants);
  for (let round = 1; round <= plan.rounds; round++) {
    twoSyncs.push(measureTwoSyncsUs(folder));
    await runRound(plan, contestants, cells, { ...surroundings, round });
  }
  const costs: Cost[] = [];
  for (const connections of plan.connections) {
    for (const contestant of contestants.all) {
      costs.push(...(await measureCost(contestant, { connections, seconds: plan.seconds }, { generator, folder })));
    }
  }
  return { cells, costs, idleCores, twoSyncsUs: median(twoSyncs) };
}

async function measureIdling({ all }: Contestants): Promise<ReadonlyMap<string, number>> {
  const used = (): number[] =>
    all.map(({ running }) => cpuUsOf(running.processes.flatMap((process) => treeOf(process.pid))));
  const before = used();
  await Bun.sleep(idleMs);
  const after = used();
  const shareOf = (i: number): number => ((after[i] ?? 0) - (before[i] ?? 0)) / 1000 / idleMs;
  return new Map(all.map(({ peer }, i) => [peer.name, shareOf(i)]));
}

async function runRound(
  plan: Plan,
  contestants: Contestants,
  cells: Cells,
  { generator, say, round }: Surroundings & { readonly round: number },
): Promise<void> {
  for (const work of plan.works) {
    for (const connections of plan.connections) {
      const rates: string[] = [];
      for (const contestant of contestants.all) {
        const { peer } = contestant;
        const load = await takeTurn(contestant, work, { connections, seconds: plan.seconds }, generator);
        cells.add({ work: work.name, connections, peer: peer.name }, load);
        rates.push(`${peer.title} ${Math.round(rateOf(load))}/s`);
      }
      say(`round ${round} of ${plan.rounds}: ${work.title}, ${connections} connections: ${rates.join(", ")}`);
    }
  }
}
