import { Command } from "commander";
import { parseWords } from "../arguments/parse.ts";
import { formatComparison } from "../report/comparison.ts";
import { readReport } from "../report/read-report.ts";
import { refuse, tell } from "./command.ts";

/** bin/client compare A.json B.json: returns the exit status. */
export async function compareCommand(words: readonly string[]): Promise<number> {
  const command = new Command("bin/client compare")
    .usage("A.json B.json")
    .description("Sets two runs side by side; B is compared with A.")
    .argument("<A>", "report of a run (--json)")
    .argument("<B>", "report of another run")
    .allowExcessArguments(false)
    .addHelpText(
      "after",
      "\nExample:\n  bin/client compare before.json after.json\n\nExit status: 0 compared, 1 usage.",
    );
  const notParsed = parseWords(command, words);
  if (notParsed !== undefined) return tell(notParsed);
  const [first = "", second = ""] = command.args;
  const reports = [readReport(first), readReport(second)] as const;
  const [a, b] = reports;
  if ("problem" in a) return refuse(`error: ${a.problem}`);
  if ("problem" in b) return refuse(`error: ${b.problem}`);
  process.stdout.write(formatComparison({ name: first, report: a }, { name: second, report: b }));
  return 0;
}
