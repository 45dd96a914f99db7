import { Command, CommanderError, InvalidArgumentError, Option } from "commander";

/** query: reads only; session: reads and buys; session_check: and reads every order back. */
export const runTypes = ["session_check", "session", "query"] as const;
export type RunType = (typeof runTypes)[number];

/** What the command line asks for; every value is within its limits. */
export interface Arguments {
  readonly frontHost: string;
  readonly frontPort: number;
  /** Repeats of each session, not of all together. */
  readonly repeats: number;
  /** Sessions at once, each with a connection of its own. */
  readonly threads: number;
  /** Chance, 0 to 1, that a session buys a toy that it saw in stock. */
  readonly buyProbability: number;
  readonly runType: RunType;
  /** Where toy names are read; undefined: data/catalog.csv if there is one, else ten known toys. */
  readonly catalogFile: string | undefined;
  /** For how long a failed request is repeated before it counts as an error. */
  readonly retryMs: number;
  /** How long one attempt may wait for its reply. */
  readonly timeoutMs: number;
  /** Nobody else buys: then what a session sees must agree with what it bought. */
  readonly exclusive: boolean;
}

export type Parsed =
  | { readonly type: "run"; readonly arguments: Arguments }
  | { readonly type: "help"; readonly text: string }
  /** `message` says what is wrong and where help is. */
  | { readonly type: "usage"; readonly message: string };

export const argumentLimits = {
  repeatsMax: 10_000_000,
  threadsMax: 1_000,
  /** Every order is kept in memory until it is verified. */
  iterationsMax: 20_000_000,
  retrySecondsMax: 3_600,
  timeoutSecondsMax: 3_600,
};

/** Parses the words after the program's name. Every spelling --n-repeats, --n_repeats, -n_repeats is taken. */
export function parseArguments(words: readonly string[]): Parsed {
  const command = describeCommand();
  let output = "";
  command.exitOverride().configureOutput({
    writeOut: (text) => {
      output += text;
    },
    writeErr: (text) => {
      output += text;
    },
  });
  try {
    command.parse(normaliseFlags(words, command), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { type: "help", text: output };
    return { type: "usage", message: output.trimEnd() };
  }
  return checkCombination(command.opts<Values>());
}

interface Values {
  frontHost: string;
  frontPort: number;
  nRepeats: number;
  nThreads: number;
  p: number;
  runType: RunType;
  catalog?: string;
  retry: number;
  timeout: number;
  exclusive?: boolean;
}

function checkCombination(values: Values): Parsed {
  const usage = (message: string): Parsed => ({ type: "usage", message: `error: ${message}\n${helpHint}` });
  if (values.nRepeats * values.nThreads > argumentLimits.iterationsMax) {
    return usage(
      `n_repeats x n_threads is above ${argumentLimits.iterationsMax}; run several clients, or fewer repeats`,
    );
  }
  if (values.exclusive === true && values.nThreads > 1) {
    return usage("--exclusive says that nobody else buys, and other sessions do: use it with --n_threads 1");
  }
  return {
    type: "run",
    arguments: {
      frontHost: values.frontHost,
      frontPort: values.frontPort,
      repeats: values.nRepeats,
      threads: values.nThreads,
      buyProbability: values.p,
      runType: values.runType,
      catalogFile: values.catalog,
      retryMs: values.retry * 1000,
      timeoutMs: values.timeout * 1000,
      exclusive: values.exclusive === true,
    },
  };
}

const helpHint = "(bin/client --help explains every option)";

function describeCommand(): Command {
  const { repeatsMax, threadsMax, retrySecondsMax, timeoutSecondsMax } = argumentLimits;
  return new Command("client")
    .description("Buys toys as many shoppers at once, then proves that the store kept every order.")
    .option("--front-host <host>", "the front-end's host name or address", parseHost, "127.0.0.1")
    .option("--front-port <port>", "the front-end's REST port", wholeNumber(1, 65_535), 1110)
    .option("--n-repeats <n>", "repeats of each session", wholeNumber(1, repeatsMax), 10)
    .option("--n-threads <n>", "sessions at once, each on its own connection", wholeNumber(1, threadsMax), 1)
    .option("--p <chance>", "chance of buying a toy that is in stock, 0 to 1", parseChance, 0.5)
    .addOption(
      new Option("--run-type <type>", "query: look only; session: and buy; session_check: and read every order back")
        .choices(runTypes)
        .default("session_check"),
    )
    .option("--catalog <file>", "CSV with the toys' names (default: data/catalog.csv, if there is none ten known toys)")
    .option(
      "--retry <seconds>",
      "how long a failed request is repeated, with the same key",
      wholeNumber(0, retrySecondsMax),
      10,
    )
    .option("--timeout <seconds>", "how long one attempt waits for its reply", wholeNumber(1, timeoutSecondsMax), 10)
    .option("--exclusive", "nobody else buys: a session must see exactly the stock that its purchases leave")
    .allowExcessArguments(false)
    .showHelpAfterError(helpHint)
    .addHelpText("after", `\n${examples}`);
}

const examples = `Flags may be written --n-repeats, --n_repeats or -n_repeats.

Examples:
  bin/client                                          one shopper, ten looks, buys half the time
  bin/client --n_repeats 200 --n_threads 5 --p 0.8    1,000 looks by five shoppers, about 800 orders, all verified
  bin/client --run_type query --n_threads 64          reads only

Exit status: 0 all well, 1 usage, 2 errors remained, 3 the store broke a promise (evidence is printed),
4 the store could not be reached, 130 interrupted before everything was verified.
`;

/** Rewrites known flags to the one spelling that the parser knows; leaves values alone. */
function normaliseFlags(words: readonly string[], command: Command): string[] {
  const known = new Set(command.options.map((option) => option.long));
  return words.map((word) => {
    const match = /^--?([A-Za-z][\w-]*)(=.*)?$/s.exec(word);
    if (match === null) return word;
    const flag = `--${(match[1] ?? "").replaceAll("_", "-")}`;
    return known.has(flag) ? flag + (match[2] ?? "") : word;
  });
}

function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Accepted is a whole number from ${low} to ${high}.`);
  };
}

function parseChance(text: string): number {
  const value = /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("Accepted is a number from 0 to 1.");
}

function parseHost(text: string): string {
  if (/^[A-Za-z0-9._:[\]-]{1,253}$/.test(text)) return text.replace(/^\[(.*)\]$/, "$1");
  throw new InvalidArgumentError("Accepted is a host name or an IP address.");
}
