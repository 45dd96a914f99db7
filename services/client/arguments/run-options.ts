import { Command, Option } from "commander";
import type { Fault } from "../faults/fault.ts";
import type { Address, ProductChoice, Workload } from "../load/plan.ts";
import type { Threshold } from "../report/thresholds.ts";
import { argumentLimits as limits } from "./limits.ts";
import { showDefaults } from "./parse.ts";
import type { RunType } from "./run.ts";
import * as values from "./values.ts";

/** As commander hands them out. */
export interface RunValues {
  frontHost: string;
  frontPort: number;
  target?: Address[];
  nRepeats: number;
  nThreads: number;
  connections?: number;
  p: number;
  runType: RunType;
  mix?: Workload & { type: "mix" };
  duration?: number;
  rate?: number;
  warmup: number;
  products: ProductChoice;
  quantity: { low: number; high: number };
  catalog?: string;
  retry: number;
  timeout: number;
  keepalive: boolean;
  seed?: number;
  workers?: number;
  verify?: boolean;
  journal?: string;
  resolve: "lookup" | "repeat";
  exclusive?: boolean;
  restockQuantity: number;
  restockInterval: number;
  fault?: Fault[];
  processes: string;
  threshold?: Threshold[];
  json?: string;
  html?: string;
}

export function describeRun(): Command {
  const command = new Command("bin/client")
    .usage("[run|verify|compare|sweep|calibrate] [options]   (run is the default)")
    .description("Buys toys as many shoppers at once, measures, and proves that the store kept every order.");
  addTargets(command);
  addWorkload(command);
  addProof(command);
  addReports(command);
  showDefaults(command, shownDefaults);
  return command.allowExcessArguments(false).addHelpText("after", `\n${examples}`);
}

const shownDefaults = {
  "--warmup": "0s",
  "--products": "uniform",
  "--quantity": "1",
  "--retry": "10s",
  "--timeout": "10s",
  "--restock-interval": "10s",
};

function addTargets(command: Command): void {
  command
    .option("--front-host <host>", "the front-end's host name or address", values.host, "127.0.0.1")
    .option("--front-port <port>", "the front-end's REST port", values.wholeNumber(1, 65_535), 1110)
    .option(
      "--target <host:port>",
      "a front-end, in place of the two above; repeated: connections take them in turn",
      values.address,
    )
    .option("--no-keepalive", "a new connection for each request (default: connections are kept)");
}

function addWorkload(command: Command): void {
  const whole = values.wholeNumber;
  const { durationMsMax, retryMsMax, timeoutMsMax } = limits;
  command
    .addOption(
      new Option("--run-type <type>", "query: look only; session: and buy; session_check: and prove every order")
        .choices(["session_check", "session", "query"])
        .default("session_check"),
    )
    .option("--n-repeats <n>", "repeats of each session", whole(1, limits.repeatsMax), 10)
    .option("--n-threads <n>", "sessions at once, each on its own connection", whole(1, limits.threadsMax), 1)
    .option("--p <chance>", "chance of buying a toy that is in stock, 0 to 1", values.decimal(0, 1), 0.5)
    .option("--mix <weights>", "single requests in place of sessions: read=90,buy=10 (also check=N)", values.mix)
    .option(
      "--duration <time>",
      "shop for so long, in place of --n-repeats: 30s, 500ms, 2m",
      values.duration(100, durationMsMax),
    )
    .option(
      "--rate <n>",
      "begin n iterations a second, whatever the store does (open loop; needs --duration)",
      values.decimal(0.01, limits.rateMax),
    )
    .option(
      "--connections <n>",
      "the same as --n-threads; default with --rate: enough for 0.2 s of it, 10 to 500",
      whole(1, limits.threadsMax),
    )
    .option("--warmup <time>", "load before --duration that is not measured", values.duration(0, durationMsMax), 0)
    .option("--products <choice>", "uniform, zipf:EXPONENT or hot:NAME", values.products, { type: "uniform" })
    .option("--quantity <n>", "units per purchase, or a range such as 1-5", values.quantity, { low: 1, high: 1 })
    .option("--catalog <file>", "CSV with the toys' names (default: data/catalog.csv, if there is none ten known toys)")
    .option(
      "--seed <n>",
      "repeat the same choices of toys and quantities (keys are random always)",
      whole(0, limits.seedMax),
    )
    .option(
      "--retry <time>",
      "how long a failed request is repeated, with the same key",
      values.duration(0, retryMsMax),
      10_000,
    )
    .option("--timeout <time>", "how long one attempt waits for its reply", values.duration(1, timeoutMsMax), 10_000)
    .option(
      "--workers <n>",
      "processes that make the load (default: as many as it needs and cores are there)",
      whole(1, limits.workersMax),
    );
}

function addProof(command: Command): void {
  const whole = values.wholeNumber;
  command
    .option("--verify", "prove every order after the load (default: with session_check)")
    .option("--no-verify", "do not, whatever the run type")
    .option(
      "--journal <file>",
      "record purchases in this file and keep it (default: a temporary one while it is needed)",
    )
    .addOption(
      new Option("--resolve <how>", "purchases of unknown outcome: look them up by key, or repeat them with it")
        .choices(["lookup", "repeat"])
        .default("lookup"),
    )
    .option("--exclusive", "nobody else buys: every order must be this run's, and stock must be what they leave")
    .option(
      "--restock-quantity <n>",
      "what the store's restock adds to a toy that stands at zero",
      whole(0, 1_000_000_000),
      100,
    )
    .option("--restock-interval <time>", "time between restocks", values.duration(1, limits.durationMsMax), 10_000)
    .option(
      "--fault <what@when>",
      "kill:leader@10s, stop:follower@20s+3s; repeatable; needs `bun run services` here",
      values.fault,
    )
    .option("--processes <file>", "where `bun run services` lists its processes", "data/processes.json");
}

function addReports(command: Command): void {
  command
    .option("--threshold <claim>", "'buy.p99<20ms', 'errors<0.1%'; repeatable; missed: status 2", values.threshold)
    .option("--json <file>", "write the report for programs (docs/client.md describes it)")
    .option("--html <file>", "write the report as one page with plots");
}

const examples = `Flags may be written --n-repeats, --n_repeats or -n_repeats. A time without a unit is in seconds.

Examples:
  bin/client                                          one shopper, ten looks, buys half the time
  bin/client --n_repeats 200 --n_threads 5 --p 0.8    1,000 looks by five shoppers, about 800 orders, all proved
  bin/client --run_type query --n_threads 64          reads only
  bin/client --rate 500 --duration 30s                500 sessions a second for 30 s; a stall shows in full
  bin/client --mix read=90,buy=10 --products zipf:1.1 --connections 50 --duration 1m --warmup 5s --html run.html
  bin/client --rate 300 --duration 30s --fault kill:leader@10s --html run.html
  bin/client --mix buy=1 --verify --journal run.jsonl --duration 10s
  bin/client verify --journal run.jsonl               prove it again, later, after a crash of anything
  bin/client --duration 30s --json a.json --threshold 'buy.p99<20ms' --threshold 'errors<0.1%'
  bin/client compare a.json b.json                    two runs side by side
  bin/client sweep --out sweep                        what the front-end's cache is worth, by p (with plots)
  bin/client calibrate                                what this generator can do here, beside wrk

Exit status: 0 all well, 1 usage, 2 a threshold was missed (without one for errors: errors remained),
3 the store broke a promise (evidence is printed), 4 the store could not be reached,
130 interrupted before everything was proved.
`;
