import { join } from "node:path";
import type { LoadReport } from "../load/load.ts";
import { runWrk } from "../load/wrk.ts";
import { buy } from "../peers/check.ts";
import { median } from "../samples.ts";
import { measureTwoSyncsUs } from "../syncs.ts";
import type { Work } from "../work.ts";
import { Cells } from "./cells.ts";
import type { Contestant, Contestants } from "./contestants.ts";
import type { Plan } from "./plan.ts";

/** So that every peer's code is compiled before it is measured. */
const warmUp = { connections: 64, seconds: 1 };

export interface Measurements {
  readonly cells: Cells;
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
          const report = await takeTurn(contestant, work, { connections, seconds: plan.seconds }, folder);
          cells.add({ work: work.name, connections, peer: contestant.peer.name }, report);
          rates.push(`${contestant.peer.title} ${Math.round(report.requests / report.seconds)}/s`);
        }
        say(`round ${round} of ${plan.rounds}: ${work.title}, ${connections} connections: ${rates.join(", ")}`);
      }
    }
  }
  return { cells, twoSyncsUs: median(twoSyncs) };
}

interface Turn {
  readonly connections: number;
  readonly seconds: number;
}

/** What is sold in a turn is counted: an order that was not made must not look fast. */
async function takeTurn({ peer, running }: Contestant, work: Work, turn: Turn, folder: string): Promise<LoadReport> {
  const { url } = running;
  const first = await buy(url, 1);
  const script = join(folder, `${work.name}.lua`);
  await Bun.write(script, work.script(first + 1));
  const report = await runWrk(script, { url, ...turn });
  if (work.buys) {
    const made = (await buy(url, 1)) - first - 1;
    const answered = report.requests - report.failures;
    if (made < answered || made > report.requests + turn.connections) {
      throw new Error(`${peer.title}: ${made} orders for ${answered} purchases that were answered (${work.title})`);
    }
  }
  return report;
}
