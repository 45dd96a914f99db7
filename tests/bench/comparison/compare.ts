import { describeCommit, describeMachine } from "../machine.ts";
import { versionOf } from "../peers/needs.ts";
import { today } from "../report/kept.ts";
import { Contestants } from "./contestants.ts";
import type { Plan } from "./plan.ts";
import type { ComparisonResult } from "./result.ts";
import { runRounds, type Surroundings } from "./rounds.ts";
import { judgeTargets } from "./targets.ts";

/** Starts every peer, lets them take turns, and judges. */
export async function compare(plan: Plan, surroundings: Surroundings): Promise<ComparisonResult> {
  const { generator, folder, say } = surroundings;
  await using contestants = await Contestants.start(plan.peers, folder, say);
  const { cells, costs, idleCores, twoSyncsUs } = await runRounds(plan, contestants, surroundings);
  return {
    date: today(),
    commit: describeCommit(),
    machine: describeMachine(folder),
    load: generator.title,
    rounds: plan.rounds,
    seconds: plan.seconds,
    works: plan.works.map(({ name, title }) => ({ name, title })),
    connections: plan.connections,
    peers: contestants.all.map(({ peer: { name, title, how, needs } }) => ({
      name,
      title,
      how,
      idleCores: Number((idleCores.get(name) ?? 0).toFixed(3)),
      versions: needs.map((needed) => `${needed.debianPackage} ${versionOf(needed)}`),
    })),
    skipped: contestants.skipped,
    twoSyncsUs: Math.round(twoSyncsUs),
    targets: judgeTargets(cells, twoSyncsUs),
    cells: cells.summary(),
    costs,
  };
}
