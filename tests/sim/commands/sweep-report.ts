import { Planted } from "../bugs/planted.ts";
import { planOf } from "../faults/plan.ts";
import { runPlan } from "../run-plan.ts";
import { shrink } from "../shrink.ts";
import { sweep } from "../sweep.ts";
import type { Share } from "../sweep-worker.ts";
import { formatFaults, print } from "./story.ts";

/** Enough to see whether they have one cause. */
const failuresMax = 5;
const barWidth = 30;
const freshSeeds = 2 ** 31;

/** Runs seeds on all cores, with a progress bar; tells how to replay each that fails. Returns the exit status. */
export async function runSweep(seeds: number, first: number | undefined, shrinks: boolean): Promise<number> {
  const firstSeed = first ?? Math.floor(Math.random() * freshSeeds);
  const beganMs = performance.now();
  const seconds = (): number => (performance.now() - beganMs) / 1000;
  const { isTTY } = process.stderr;
  const total = await sweep({
    firstSeed,
    seeds,
    onProgress: (share) => {
      if (isTTY) process.stderr.write(`\r${bar(share.seeds / seeds)} ${rates(share, seconds())} `);
    },
    isOver: (share) => share.failures.length >= failuresMax,
  });
  if (isTTY) process.stderr.write("\r\u001b[K");
  print(`seeds ${firstSeed} to ${firstSeed + total.seeds - 1}: ${rates(total, seconds())}`);
  for (const failure of total.failures.slice(0, failuresMax)) print(describe(failure, shrinks));
  print(`${total.seeds - total.failures.length} passed, ${total.failures.length} failed`);
  return total.failures.length === 0 ? 0 : 1;
}

function bar(share: number): string {
  const full = Math.round(share * barWidth);
  return `[${"#".repeat(full)}${".".repeat(barWidth - full)}]`;
}

/** What was done, and how fast. */
function rates({ seeds, simulatedMs, events, orders }: Share, seconds: number): string {
  const perSecond = (value: number): string => Math.round(value / seconds).toLocaleString("en");
  const hours = simulatedMs / 3_600_000;
  return (
    `${seeds} seeds in ${seconds.toFixed(1)} s (${perSecond(seeds)}/s), ${hours.toFixed(1)} simulated hours ` +
    `(${perSecond(simulatedMs / 1000)} s/s), ${perSecond(events)} events/s, ${orders} orders`
  );
}

/** A failed seed: what broke, with which faults, and how to see it again. */
export function describe({ seed, violation }: Share["failures"][number], shrinks: boolean): string {
  const plan = planOf(seed);
  const faults = shrinks ? shrink(runPlan(plan), plan, () => new Planted()).plan.faults : plan.faults;
  return (
    `seed ${seed}: ${violation.check}\n  ${violation.message}\n` +
    `  faults: ${formatFaults(faults)}${shrinks ? ` (shrunk from ${plan.faults.length})` : ""}\n  bun run sim --seed ${seed}`
  );
}
