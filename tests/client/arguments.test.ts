import { describe, expect, test } from "bun:test";
import { type Arguments, argumentLimits, parseArguments } from "../../services/client/arguments.ts";

function run(...words: string[]): Arguments {
  const parsed = parseArguments(words);
  if (parsed.type !== "run") throw new Error(`not accepted: ${JSON.stringify(parsed)}`);
  return parsed.arguments;
}

function problem(...words: string[]): string {
  const parsed = parseArguments(words);
  if (parsed.type !== "usage") throw new Error(`not refused: ${JSON.stringify(parsed)}`);
  return parsed.message;
}

describe("the client's arguments", () => {
  test("no argument at all means the documented defaults", () => {
    expect(run()).toEqual({
      frontHost: "127.0.0.1",
      frontPort: 1110,
      repeats: 10,
      threads: 1,
      buyProbability: 0.5,
      runType: "session_check",
      catalogFile: undefined,
      retryMs: 10_000,
      timeoutMs: 10_000,
      exclusive: false,
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
    expect(run(...words).repeats).toBe(7);
  });

  test("every argument takes the spelling with underscores and one hyphen", () => {
    const words =
      "-front_host shop -front_port 8080 -n_repeats 3 -n_threads 4 -p 0.25 -run_type query -catalog my_toys.csv";
    expect(run(...words.split(" "))).toMatchObject({
      frontHost: "shop",
      frontPort: 8080,
      repeats: 3,
      threads: 4,
      buyProbability: 0.25,
      runType: "query",
      catalogFile: "my_toys.csv",
    });
  });

  test("values are never rewritten, even if they look like a flag's name", () => {
    expect(run("--catalog", "n_repeats").catalogFile).toBe("n_repeats");
    expect(run("--catalog", "./run_type.csv").catalogFile).toBe("./run_type.csv");
  });

  test("a chance of 0, 1 and .5 is accepted, an IPv6 address loses its brackets", () => {
    expect(["0", "1", ".5"].map((p) => run("--p", p).buyProbability)).toEqual([0, 1, 0.5]);
    expect(run("--front_host", "[::1]").frontHost).toBe("::1");
  });

  test.each([
    [["--n_repeats", "0"], "from 1 to"],
    [["--n_repeats", "-1"], "from 1 to"],
    [["--n_repeats", "1.5"], "from 1 to"],
    [["--n_repeats", "many"], "from 1 to"],
    [["--n_repeats", ""], "from 1 to"],
    [["--n_threads", `${argumentLimits.threadsMax + 1}`], "from 1 to 1000"],
    [["--front_port", "65536"], "from 1 to 65535"],
    [["--p", "1.01"], "from 0 to 1"],
    [["--p", "half"], "from 0 to 1"],
    [["--p", "NaN"], "from 0 to 1"],
    [["--front_host", "a b"], "host name"],
    [["--run_type", "steal"], "session_check, session, query"],
    [["--n_repeats"], "argument missing"],
    [["--n_repeat", "3"], "Did you mean --n-repeats?"],
    [["query"], "too many arguments"],
    [["--n_repeats", "1000000", "--n_threads", "100"], "above 20000000"],
    [["--exclusive", "--n_threads", "2"], "--n_threads 1"],
  ])("%p is refused and the message says what is accepted", (words, hint) => {
    const message = problem(...words);
    expect(message).toContain(hint);
    expect(message).toContain("--help");
  });

  test("--help explains every flag and every exit status", () => {
    const parsed = parseArguments(["--help"]);
    expect(parsed.type).toBe("help");
    const text = parsed.type === "help" ? parsed.text : "";
    for (const word of ["--front-host", "--n-threads", "--run-type", "--exclusive", "Exit status", "130"]) {
      expect(text).toContain(word);
    }
  });
});
