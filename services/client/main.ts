import { calibrateCommand } from "./commands/calibrate.ts";
import { compareCommand } from "./commands/compare.ts";
import { runCommand } from "./commands/run.ts";
import { sweepCommand } from "./commands/sweep.ts";
import { verifyCommand } from "./commands/verify.ts";

type ClientCommand = (words: readonly string[]) => Promise<number>;

/** By the first word of the command line; without one of them it is a run. */
const commands: ReadonlyMap<string, ClientCommand> = new Map([
  ["run", runCommand],
  ["verify", verifyCommand],
  ["compare", compareCommand],
  ["sweep", sweepCommand],
  ["calibrate", calibrateCommand],
]);

const words = process.argv.slice(2);
const named = commands.get(words[0] ?? "");
process.exitCode = named === undefined ? await runCommand(words) : await named(words.slice(1));
// A connection attempt or a signal handler must not keep a finished run alive.
process.exit();
