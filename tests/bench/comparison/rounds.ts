import { rateOf } from "../load/load.ts";
import { median } from "../samples.ts";
import { measureTwoSyncsUs } from "../syncs.ts";
import { Cells } from "./cells.ts";
import type { Contestants } from "./contestants.ts";
import { type Cost, measureCost } from "./cost.ts";
import type { Plan } from "./plan.ts";
import { takeTurn } from "./turn.ts";

/** So that every peer's code is compiled before it is measured. */
const warmUp = { connections: 64, seconds: 1 };

export interface Measurements {
  readonly cells: Cells;
  readonly costs: readonly Cost[];
  /** The median of the rounds'. */
  readonly twoSyncsUs: number;
}

/** Every peer gets its turn at every work with every number of connections, again in every round. */
export async function runRounds(
  plan: Plan,
  contestants: Contestants,
  folder: string,
  say: (line: string) => void,
): Promise<Measurements> {
  const cells = new Cells();
  const twoSyncs: number[] = [];
  for (const contestant of contestants.all) {
    for (const work of plan.works) await takeTurn(contestant, work, warmUp, folder);
  }
  for (let round = 1; round <= plan.rounds; round++) {
    twoSyncs.push(measureTwoSyncsUs(folder));
    for (const work of plan.works) {
      for (const connections of plan.connections) {
        const rates: string[] = [];
        for (const contestant of contestants.all) {
          const { load } = await takeTurn(contestant, work, { connections, seconds: plan.seconds }, folder);
          cells.add({ work: work.name, connections, peer: contestant.peer.name }, load);
          rates.push(`${contestant.peer.title} ${Math.round(rateOf(load))}/s`);
        }
        say(`round ${round} of ${plan.rounds}: ${work.title}, ${connections} connections: ${rates.join(", ")}`);
      }
    }
  }
  const costs: Cost[] = [];
  for (const connections of plan.connections) {
    for (const contestant of contestants.all) {
      costs.push(...(await measureCost(contestant, { connections, seconds: plan.seconds }, folder)));
    }
  }
  return { cells, costs, twoSyncsUs: median(twoSyncs) };
}
