import { describe, expect, test } from "bun:test";
import { argumentLimits } from "../../../services/client/arguments/limits.ts";
import { parseRun, type RunArguments } from "../../../services/client/arguments/run.ts";

function run(...words: string[]): RunArguments {
  const parsed = parseRun(words);
  if (parsed.type !== "run") throw new Error(`not accepted: ${JSON.stringify(parsed)}`);
  return parsed.arguments;
}

function problem(...words: string[]): string {
  const parsed = parseRun(words);
  if (parsed.type !== "usage") throw new Error(`not refused: ${JSON.stringify(parsed)}`);
  return parsed.message;
}

describe("the client's arguments", () => {
  test("no argument at all means the documented defaults", () => {
    expect(run()).toEqual({
      words: [],
      runType: "session_check",
      plan: {
        targets: [{ host: "127.0.0.1", port: 1110 }],
        connections: 1,
        workload: { type: "session", buyProbability: 0.5 },
        pace: { type: "repeats", repeats: 10 },
        warmupMs: 0,
        products: { type: "uniform" },
        quantity: { low: 1, high: 1 },
        retryMs: 10_000,
        timeoutMs: 10_000,
        keepAlive: true,
        seed: undefined,
        watchOwnStock: false,
      },
      workers: undefined,
      catalogFile: undefined,
      verify: true,
      journalFile: undefined,
      resolve: "lookup",
      exclusive: false,
      restockQuantity: 100,
      restockIntervalS: 10,
      faults: [],
      processesFile: "data/processes.json",
      thresholds: [],
      jsonFile: undefined,
      htmlFile: undefined,
    });
  });

  test.each([
    [["--n-repeats", "7"]],
    [["--n_repeats", "7"]],
    [["-n_repeats", "7"]],
    [["-n-repeats", "7"]],
    [["--n-repeats=7"]],
    [["--n_repeats=7"]],
    [["-n_repeats=7"]],
  ])("%p is one spelling of seven repeats", (words) => {
    expect(run(...words).plan.pace).toEqual({ type: "repeats", repeats: 7 });
  });

  test("every argument of old takes the spelling with underscores and one hyphen", () => {
    const words = "-front_host shop -front_port 80 -n_repeats 3 -n_threads 4 -p 0.25 -run_type session -catalog t.csv";
    expect(run(...words.split(" "))).toMatchObject({
      plan: {
        targets: [{ host: "shop", port: 80 }],
        connections: 4,
        pace: { repeats: 3 },
        workload: { buyProbability: 0.25 },
      },
      runType: "session",
      verify: false,
      catalogFile: "t.csv",
    });
  });

  test("values are never rewritten, even if they look like a flag's name", () => {
    expect(run("--catalog", "n_repeats").catalogFile).toBe("n_repeats");
    expect(run("--catalog", "./run_type.csv").catalogFile).toBe("./run_type.csv");
  });

  test("an open loop has a rate, a duration, and connections enough for it", () => {
    const { plan } = run("--rate", "500", "--duration", "30s", "--warmup", "500ms");
    expect(plan).toMatchObject({
      pace: { type: "open", perSecond: 500, durationMs: 30_000 },
      warmupMs: 500,
      connections: 100,
    });
    expect(run("--rate", "1", "--duration", "1m").plan.connections).toBe(10);
    expect(run("--rate", "500", "--duration", "1", "--connections", "7").plan.connections).toBe(7);
  });

  test("a mix takes the place of sessions, and is proved only on request", () => {
    const mixed = run("--mix", "read=90,buy=10", "--duration", "2m");
    expect(mixed).toMatchObject({
      runType: "mix",
      verify: false,
      plan: { workload: { type: "mix", read: 90, buy: 10, check: 0 }, pace: { type: "closed", durationMs: 120_000 } },
    });
    expect(run("--mix", "buy=1", "--verify").verify).toBeTrue();
    expect(run("--mix", "buy=1", "--journal", "j").verify).toBeTrue();
    expect(run("--mix", "buy=1", "--journal", "j", "--no-verify").verify).toBeFalse();
  });

  test("targets, faults and thresholds may be repeated; products and quantities have a grammar", () => {
    const words =
      "--target a:1 --target [::1]:2 --duration 30s --fault kill:leader@10s --fault stop:order2@20s+3s --threshold buy.p99<20ms " +
      "--threshold errors<0.1% --products zipf:1.1 --quantity 1-5 --seed 7 --no-keepalive";
    expect(run(...words.split(" "))).toMatchObject({
      plan: {
        targets: [
          { host: "a", port: 1 },
          { host: "::1", port: 2 },
        ],
        products: { type: "zipf", exponent: 1.1 },
        quantity: { low: 1, high: 5 },
        seed: 7,
        keepAlive: false,
      },
      faults: [
        { action: "kill", target: "leader", atMs: 10_000 },
        { action: "stop", target: "order 2", atMs: 20_000, forMs: 3_000 },
      ],
      thresholds: [
        { type: "buy", percentile: "p99", limit: 20 },
        { metric: "errorShare", limit: 0.001 },
      ],
    });
    expect(run("--products", "hot:Ant Farm: big").plan.products).toEqual({ type: "hot", name: "Ant Farm: big" });
  });

  test.each([
    [["--n_repeats", "0"], "from 1 to"],
    [["--n_repeats", "1.5"], "from 1 to"],
    [["--n_threads", `${argumentLimits.threadsMax + 1}`], "from 1 to 10000"],
    [["--front_port", "65536"], "from 1 to 65535"],
    [["--p", "1.01"], "from 0 to 1"],
    [["--front_host", "a b"], "host name"],
    [["--run_type", "steal"], "session_check, session, query"],
    [["--n_repeats"], "argument missing"],
    [["--n_repeat", "3"], "Did you mean --n-repeats?"],
    [["steal"], "too many arguments"],
    [["--n_repeats", "1000000", "--n_threads", "100"], "above 20000000"],
    [["--rate", "10"], "needs --duration"],
    [["--duration", "soon"], "such as 30s"],
    [["--warmup", "5s"], "needs --duration"],
    [["--duration", "5s", "--n-repeats", "3"], "keep one"],
    [["--connections", "5", "--n-threads", "3"], "keep one"],
    [["--target", "a:1", "--front-port", "2"], "every front-end by --target"],
    [["--target", "a"], "HOST:PORT"],
    [["--mix", "read=1", "--p", "1"], "the mix says"],
    [["--mix", "read=1", "--run-type", "query"], "takes the place"],
    [["--mix", "read=0"], "weights of read, buy and check"],
    [["--mix", "steal=1"], "weights of read, buy and check"],
    [["--products", "zipf:0"], "zipf:EXPONENT"],
    [["--quantity", "5-1"], "a range such as 1-5"],
    [["--workers", "3"], "raise --connections"],
    [["--run-type", "query", "--verify"], "nothing to prove"],
    [["--mix", "read=1", "--no-verify", "--journal", "j"], "nothing to record"],
    [["--fault", "kill:everyone@1s"], "kill:leader@10s"],
    [["--fault", "kill:leader@1s+3s"], "leave out the +LENGTH"],
    [["--fault", "stop:leader@1s"], "+3s"],
    [["--duration", "5s", "--fault", "kill:leader@5s"], "longer --duration"],
    [["--threshold", "buy.p98<1ms"], "buy.p99<20ms"],
    [["--threshold", "buy.p99<20"], "buy.p99<20ms"],
    [["--processes", "x"], "for --fault"],
  ])("%p is refused and the message says what is accepted", (words, hint) => {
    const message = problem(...words);
    expect(message).toContain(hint);
    expect(message).toContain("--help");
  });

  test("--help explains every flag with its unit or default, teaches by example, and names every exit status", () => {
    const parsed = parseRun(["--help"]);
    expect(parsed.type).toBe("help");
    const text = parsed.type === "help" ? parsed.text : "";
    const flags =
      "front-host front-port target n-repeats n-threads p run-type mix duration rate connections warmup".split(" ");
    flags.push(
      ..."products quantity catalog seed retry timeout workers verify no-verify journal resolve exclusive".split(" "),
    );
    flags.push(..."restock-quantity restock-interval fault processes threshold json html no-keepalive".split(" "));
    for (const flag of flags) expect(text).toMatch(new RegExp(`^ +--${flag}[ \n]`, "m"));
    for (const word of ["Examples:", "bin/client compare", "Exit status", "130"]) expect(text).toContain(word);
    expect(text.replace(/\s+/g, " ")).not.toContain("[object Object]");
  });
});
