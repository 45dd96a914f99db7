import { statSync } from "node:fs";
import { Command, Option } from "commander";
import { isGiven, parseWords, showDefaults } from "../arguments/parse.ts";
import * as values from "../arguments/values.ts";
import type { Address } from "../load/plan.ts";
import { describeFinding } from "../proof/findings.ts";
import { addressesOf, Proof } from "../proof/proof.ts";
import { type JournalContent, readJournal } from "../proof/read-journal.ts";
import { formatProof } from "../report/terminal.ts";
import { refuse, tell } from "./command.ts";
import { describeProof } from "./perform.ts";
import { systemWorld } from "./run.ts";

interface VerifyValues {
  journal: string;
  target?: Address[];
  resolve: "lookup" | "repeat";
  exclusive?: boolean;
  connections: number;
  retry: number;
  timeout: number;
}

function describeVerify(): Command {
  const command = new Command("bin/client verify")
    .usage("--journal <file> [options]")
    .description("Proves again what a journal says was bought: after a crash of the store, or of the client.")
    .requiredOption("--journal <file>", "the journal of a run (--journal of that run)")
    .option("--target <host:port>", "a front-end to ask, repeatable (default: those of the run)", values.address)
    .addOption(
      new Option("--resolve <how>", "purchases of unknown outcome: look them up by key, or repeat them with it")
        .choices(["lookup", "repeat"])
        .default("lookup"),
    )
    .option("--exclusive", "nobody else has bought, up to now (default: what the run said, for its own numbers)")
    .option("--connections <n>", "look-ups at once, at each front-end", values.wholeNumber(1, 1000), 16)
    .option("--retry <time>", "how long a failed request is repeated", values.duration(0, 3_600_000), 10_000)
    .option("--timeout <time>", "how long one attempt waits for its reply", values.duration(1, 3_600_000), 10_000)
    .allowExcessArguments(false)
    .addHelpText(
      "after",
      "\nExit status: 0 proved, 1 usage, 2 something could not be checked, 3 a promise was broken, 4 unreachable.",
    );
  return showDefaults(command, { "--retry": "10s", "--timeout": "10s" });
}

/** bin/client verify: returns the exit status. */
export async function verifyCommand(words: readonly string[]): Promise<number> {
  const command = describeVerify();
  const notParsed = parseWords(command, words);
  if (notParsed !== undefined) return tell(notParsed);
  const options = command.opts<VerifyValues>();
  const read = readJournal(options.journal);
  if ("problem" in read) return refuse(`error: ${read.problem}`);
  const content = isGiven(command, "exclusive") ? { ...read, head: { ...read.head, exclusive: true } } : read;
  return prove(content, options);
}

async function prove(content: JournalContent, options: VerifyValues): Promise<number> {
  const world = systemWorld();
  const targets = options.target ?? addressesOf(content.head.targets);
  const startMs = world.clock.now();
  let answered = 0;
  const proof = new Proof(
    content,
    targets,
    {
      ...options,
      retryMs: options.retry,
      timeoutMs: options.timeout,
      lastPurchaseMs: statSync(options.journal).mtimeMs,
      exclusiveUntilNow: options.exclusive === true,
    },
    {
      clock: world.clock,
      pause: world.pause,
      stopped: world.interrupted,
      epochMs: () => Date.now(),
      onLookUp: (isAnswered) => {
        if (isAnswered) answered++;
      },
      onProgress: (done, of) => world.progress.proof(done, of, world.clock.now() - startMs),
    },
  );
  const result = await proof.run();
  world.progress.clear();
  const frontEnds =
    options.target === undefined ? content.head.targets : targets.map(({ host, port }) => `${host}:${port}`);
  const report = describeProof(result, frontEnds, options.journal, content.purchases.size, world.clock.now() - startMs);
  const { findings } = result;
  const lines = [
    `journal  ${options.journal}: ${content.purchases.size} purchases, ${report.acknowledged} acknowledged, ${report.refused} refused, ${report.unknown} unknown`,
    ...formatProof(report),
    ...findings.kept.map((finding) => `BROKEN  ${describeFinding(finding)}`),
    findings.count > 0
      ? `FAILED: the store broke ${findings.count} promises`
      : report.holes.length > 0
        ? "the proof has holes"
        : "0 mismatches",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  if (findings.count > 0) return 3;
  if (report.holes.length === 0) return 0;
  return answered === 0 ? 4 : 2;
}
