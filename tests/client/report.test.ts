import { describe, expect, test } from "bun:test";
import type { Arguments } from "../../services/client/arguments.ts";
import { parseArguments } from "../../services/client/arguments.ts";
import type { LoadEnd, LoadResult } from "../../services/client/load.ts";
import { findingsKeptMax, Measurements } from "../../services/client/measurements.ts";
import { exitStatus, formatHead, formatReport } from "../../services/client/report.ts";

function wanted(...words: string[]): Arguments {
  const parsed = parseArguments(words);
  if (parsed.type !== "run") throw new Error("test arguments are wrong");
  return parsed.arguments;
}

function result(measurements: Measurements, end: LoadEnd = "complete"): LoadResult {
  return { end, measurements, shopMs: 2000, verifyMs: 500 };
}

/** A hundred queries of 1 to 100 ms and two verified orders. */
function shopped(): Measurements {
  const measurements = new Measurements();
  for (let ms = 1; ms <= 100; ms++) measurements.answer("query", 1000, 1000 + ms);
  for (const number of [0, 1]) {
    measurements.answer("buy", 0, 8);
    measurements.bought({ number, name: "Tux", quantity: 1 });
    measurements.answer("check", 0, 2);
  }
  measurements.verified = 2;
  return measurements;
}

describe("the report", () => {
  test("shows counts, latencies, rates and the verdict of a good run", () => {
    const measurements = shopped();
    measurements.requests.buy.retries = 3;
    expect(formatReport(wanted(), result(measurements)).split("\n")).toEqual([
      "request  answered  errors  retries     mean      p50      p95      p99      max",
      "query         100       0        0  50.5 ms  50.0 ms  95.0 ms  99.0 ms   100 ms",
      "buy             2       0        3  8.00 ms  8.00 ms  8.00 ms  8.00 ms  8.00 ms",
      "check           2       0        0  2.00 ms  2.00 ms  2.00 ms  2.00 ms  2.00 ms",
      "",
      "2 orders, 0 refused as out of stock, in 2.00 s: 51 requests/s, 1 orders/s",
      "verified: 2 of 2 orders read back as they were bought",
      "0 errors, 0 mismatches",
      "",
    ]);
    expect(exitStatus(wanted(), result(measurements))).toBe(0);
  });

  test("shows no latency where nothing was answered, and errors by kind", () => {
    const measurements = new Measurements();
    measurements.error("query", "HTTP 503");
    measurements.error("query", "HTTP 503");
    measurements.error("buy", "timed out");
    const text = formatReport(wanted("--run_type", "session"), result(measurements));
    expect(text).toMatch(/^query +0 +2 +0 +- +- +- +- +-$/m);
    expect(text).toContain("error  query: HTTP 503: 2\nerror  buy: timed out: 1\n3 errors remained after retries\n");
    expect(text).not.toContain("verified");
  });

  test("prints the evidence of every broken promise, the first hundred in words", () => {
    const measurements = shopped();
    const order = { number: 1, name: "Tux", quantity: 1 };
    for (let i = 0; i < findingsKeptMax + 5; i++) measurements.finding({ type: "lost", order });
    const text = formatReport(wanted(), result(measurements));
    expect(text.match(/^BROKEN {2}lost: order 1 \(1 Tux\)/gm)).toHaveLength(findingsKeptMax);
    expect(text).toContain("BROKEN  and 5 more\n");
    expect(text).toContain("FAILED: the store broke 105 promises\n");
  });

  test("describes each kind of evidence with what was promised and what was seen", () => {
    const measurements = new Measurements();
    const order = { number: 4, name: "Tux", quantity: 1 };
    measurements.finding({ type: "changed", order, shown: { ...order, quantity: 2 } });
    measurements.finding({ type: "duplicate", first: order, second: { ...order, name: "Lego" } });
    measurements.finding({ type: "wrong product", asked: "Tux", shown: "Lego" });
    measurements.finding({ type: "stale stock", name: "Tux", expected: 9, shown: 10 });
    const text = formatReport(wanted(), result(measurements));
    expect(text).toContain("order 4 (1 Tux) was acknowledged, and reads back as order 4 (2 Tux)");
    expect(text).toContain("number 4 was given to two purchases, 1 Tux and 1 Lego");
    expect(text).toContain("Tux was asked for, and Lego was shown");
    expect(text).toContain("Tux must stand at 9, and 10 was shown");
  });

  test("says which address nobody answers at, and what to do", () => {
    const text = formatReport(wanted("--front_port", "4711"), result(new Measurements(), "unreachable"));
    expect(text).toContain("127.0.0.1:4711");
    expect(text).toContain("bun run services");
  });

  test("begins with what is going to be done", () => {
    const toys = { names: ["Tux", "Lego"], from: "toys.csv" };
    expect(formatHead(wanted("--n_threads", "5", "--p", "0.8"), toys)).toBe(
      "session_check at 127.0.0.1:1110: 5 sessions x 10 repeats, p 0.8, 2 toys (toys.csv)\n",
    );
    expect(formatHead(wanted("--run_type", "query"), toys)).toBe(
      "query at 127.0.0.1:1110: 1 session x 10 repeats, 2 toys (toys.csv)\n",
    );
  });
});

describe("the exit status", () => {
  const erred = () => {
    const measurements = shopped();
    measurements.error("query", "HTTP 500");
    return measurements;
  };

  test("is 2 if errors remained, 4 if the store went away, 3 if a promise was broken whatever else happened", () => {
    expect(exitStatus(wanted(), result(erred()))).toBe(2);
    expect(exitStatus(wanted(), result(erred(), "gave up"))).toBe(4);
    const broken = erred();
    broken.finding({ type: "wrong product", asked: "Tux", shown: "Lego" });
    expect(exitStatus(wanted(), result(broken, "gave up"))).toBe(3);
  });

  test("of an interrupted run is 0 only if nothing was left to verify", () => {
    expect(exitStatus(wanted(), result(shopped(), "interrupted"))).toBe(0);
    const unverified = shopped();
    unverified.verified = 1;
    expect(exitStatus(wanted(), result(unverified, "interrupted"))).toBe(130);
    expect(exitStatus(wanted("--run_type", "session"), result(unverified, "interrupted"))).toBe(0);
  });
});
