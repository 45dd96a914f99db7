import { Command, InvalidArgumentError } from "commander";
import { formatBugPage, measureBugs } from "../tests/sim/commands/bug-table.ts";
import { tellStory } from "../tests/sim/commands/story.ts";
import { runSweep } from "../tests/sim/commands/sweep-report.ts";

interface Options {
  readonly seed?: number;
  readonly seeds?: number;
  readonly first?: number;
  readonly bug?: string;
  readonly bugs?: true;
  readonly shrink: boolean;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("a whole number is needed");
  return value;
}

const command = new Command("sim")
  .description("Runs the cores of all services through faults, in simulated time, and checks every promise.")
  .option("--seed <number>", "replay one run and tell its story", count)
  .option("--seeds <number>", "run so many seeds on all cores (default: 1000)", count)
  .option("--first <number>", "the first of them (default: a fresh one)", count)
  .option("--bug <name>", "with --seed: plant this bug")
  .option("--bugs", "print docs/planted-bugs.md: the seeds that it takes to find each planted bug")
  .option("--no-shrink", "do not look for the smallest set of faults that fails");

const options = command.parse().opts<Options>();

if (options.bugs === true) process.stdout.write(formatBugPage(measureBugs()));
else if (options.seed !== undefined) process.exitCode = tellStory(options.seed, options.bug, options.shrink);
else process.exitCode = await runSweep(options.seeds ?? 1000, options.first, options.shrink);
