import { Command, InvalidArgumentError } from "commander";
import { type FaultsOptions, runFaults } from "../tests/faults/run/command.ts";
import { isIsolated, isolationComplaint, spawnIsolated } from "../tests/faults/store/isolation.ts";

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("a whole number is needed");
  return value;
}

const options = new Command("faults")
  .description("Hurts the real processes of a store while it sells, and checks every promise.")
  .option("--only <group>", "only this group (may be repeated)", (name: string, all: string[]) => [...all, name], [])
  .option("--seed <number>", "what shoppers and faults draw from", count, 1)
  .option("--repeat <times>", "try each fault so often", count, 1)
  .option("--brief", "only what every change has to pass", false)
  .option("--stalls <runs>", "measure the stall of each kind so often; 0: not at all", count, 7)
  .option("--soak", "all faults at random, also two at once, until the time is over", false)
  .option("--minutes <number>", "how long a soak takes", count, 30)
  .option("--no-report", "do not write docs/faults.md, or docs/faults-soak.md")
  .parse()
  .opts<FaultsOptions>();

/** With mounts and a network of its own, where this machine allows it; otherwise without the faults that need them. */
async function main(): Promise<number> {
  if (isIsolated()) return runFaults(options);
  const complaint = isolationComplaint();
  if (complaint !== undefined) {
    console.log(`NOT RUN: network links and disks, because ${complaint}`);
    return runFaults(options);
  }
  const run = spawnIsolated(import.meta.path, process.argv.slice(2));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => run.kill(signal));
  return run.exited;
}

process.exit(await main());
