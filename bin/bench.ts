import { Command, InvalidArgumentError, Option } from "commander";
import { type BenchOptions, runBench } from "../tests/bench/command.ts";
import { growthScenarios } from "../tests/bench/growth/scenarios.ts";
import { peers } from "../tests/bench/peers/list.ts";
import { works } from "../tests/bench/work.ts";

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("a whole number above 0 is needed");
  return value;
}

const collect = (name: string, all: readonly string[]): string[] => [...all, name];

const namesOf = (all: readonly { readonly name: string }[]): string => all.map(({ name }) => name).join(", ");

const options = new Command("bench")
  .description("Measures the store beside a bare server and what people would build instead.")
  .option("--quick", "fewer rounds, shorter turns, 1 and 64 connections only", false)
  .option("--only <peer>", `only this peer: ${namesOf(peers)} (may be repeated)`, collect, [])
  .option("--work <name>", `only this work: ${namesOf(works)} (may be repeated)`, collect, [])
  .option(
    "--connections <number>",
    "only so many (may be repeated)",
    (text: string, all: number[]) => [...all, positive(text)],
    [],
  )
  .option("--rounds <number>", "how often everybody has a turn", positive)
  .option("--seconds <number>", "how long a turn is", positive)
  .option(
    "--scenario <name>",
    `a story with figures of its own; growth: all of how cost grows (${namesOf(growthScenarios)}; may be repeated)`,
    collect,
    [],
  )
  .option(
    "--soak",
    "the long one: 20 million requests (BENCH_SOAK_REQUESTS), 45 minutes at most (BENCH_SOAK_MINUTES)",
    false,
  )
  .option("--profile", "where the time of each process goes while one hot product is sold", false)
  .option("--page", "only write docs/PERFORMANCE.md anew from what was last measured", false)
  .option("--no-report", "do not write docs/PERFORMANCE.md and what it is made of")
  .addOption(new Option("--load <generator>", "what makes the load").choices(["wrk", "client"]).default("wrk"))
  .option("--json <file>", "write the result to this file, too")
  .parse()
  .opts<BenchOptions>();

process.exit(await runBench(options));
