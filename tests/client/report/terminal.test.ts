import { describe, expect, test } from "bun:test";
import type { Recorder } from "../../../services/client/load/recorder.ts";
import { type Finding, findingsKeptMax } from "../../../services/client/proof/findings.ts";
import { formatReport } from "../../../services/client/report/terminal.ts";
import { titleOf } from "../../../services/client/report/title.ts";
import { proof, sampleReport, wanted, worker } from "./sample.ts";

const order = { number: 4, name: "Tux", quantity: 1, key: "k4" };

describe("the report for people", () => {
  test("shows counts, percentiles to 99.99, rates, and the verdict of a good run in its last line", () => {
    expect(formatReport(sampleReport()).split("\n")).toEqual([
      "request  answered  errors  retries     mean      p50      p95      p99    p99.9   p99.99      max",
      "query         100       0        0  50.5 ms  50.0 ms  95.0 ms  99.0 ms   100 ms   100 ms   100 ms",
      "buy             2       0        0  8.00 ms  8.00 ms  8.00 ms  8.00 ms  8.00 ms  8.00 ms  8.00 ms",
      "check           2       0        0  2.00 ms  2.00 ms  2.00 ms  2.00 ms  2.00 ms  2.00 ms  2.00 ms",
      "",
      "2 orders, 0 refused as out of stock, in 2.00 s: 51 requests/s, 1 orders/s",
      "generator  1 worker, 25 % of a core",
      "verified: 2 of 2 orders read back as they were bought",
      "stock adds up for 162 toys",
      "0 errors, 0 mismatches",
      "",
    ]);
  });

  test("shows errors and repeated attempts by kind, events, thresholds", () => {
    const record = (recorder: Recorder): void => {
      recorder.error("query", "HTTP 503", 1_000, 1_100);
      recorder.error("query", "HTTP 503", 1_000, 1_100);
      recorder.retry("buy", "connection lost", 1_100);
    };
    const events = [{ at: 10.04, label: "kill leader, order 1 (pid 7)" }];
    const text = formatReport(sampleReport({ record, events }, "--threshold", "errors<1"));
    expect(text).toContain("error  query: HTTP 503: 2\n");
    expect(text).toContain("retried  buy: connection lost: 1\n");
    expect(text).toContain("event  10.0 s: kill leader, order 1 (pid 7)\n");
    expect(text).toContain("threshold  errors<1: MISSED (2)\n");
    expect(text).toEndWith("FAILED: 1 threshold missed\n");
    expect(formatReport(sampleReport({ record }))).toEndWith("2 errors remained after retries\n");
  });

  test("prints the evidence of every broken promise, the first hundred in words", () => {
    const findings: Finding[] = Array.from({ length: findingsKeptMax + 5 }, () => ({ type: "lost", order, at: "a:1" }));
    const text = formatReport(sampleReport({ findings }));
    expect(text.match(/^BROKEN {2}lost: order 4 \(1 Tux\) \[key k4\]/gm)).toHaveLength(findingsKeptMax);
    expect(text).toContain("BROKEN  and 5 more\n");
    expect(text).toContain("FAILED: the store broke 105 promises\n");
  });

  test("describes each kind of evidence with what was promised and what was seen", () => {
    const shown = { number: 5, name: "Lego", quantity: 2 };
    const account = { name: "Tux", before: 3, sold: 5, after: 0, at: "a:1", restockQuantity: 100, restocksMax: 2 };
    const findings: Finding[] = [
      { type: "changed", order, shown: { ...order, quantity: 2 }, at: "a:1" },
      { type: "duplicate", first: order, second: { ...order, name: "Lego", key: "k5" } },
      { type: "twice", order, shown, at: "a:1" },
      { type: "wrong key", key: "k4", wanted: "1 Tux", shown },
      { type: "gap", number: 3, above: 4, at: "a:1" },
      { type: "foreign", shown, at: "a:1" },
      { type: "stock", account },
      { type: "stock", account: { ...account, after: 1, sold: 1 } },
      { type: "wrong product", asked: "Tux", shown: "Lego" },
      { type: "stale stock", name: "Tux", expected: 9, shown: 10 },
    ];
    const text = formatReport(sampleReport({ findings }));
    const evidence = [
      "order 4 (1 Tux) [key k4] was acknowledged, and at a:1 reads back as order 4 (2 Tux)",
      "number 4 was given to two purchases, order 4 (1 Tux) [key k4] and order 4 (1 Lego) [key k5]",
      "order 4 (1 Tux) [key k4] was acknowledged, and a:1 has the same key as order 5 (2 Lego)",
      "key k4 was sent with 1 Tux, and made order 5 (2 Lego)",
      "order 3 does not exist at a:1, and order 4 does",
      "nobody else buys, and a:1 has order 5 (2 Lego)",
      "oversold: Tux stood at 3, 5 were sold, and 0 are left",
      "stock vanished: Tux stood at 3, 1 were sold, and 1 are left",
      "Tux was asked for, and Lego was shown",
      "Tux must stand at 9, and 10 was shown",
    ];
    for (const words of evidence) expect(text).toContain(words);
  });

  test("says what the proof left open, and how unknown outcomes were resolved", () => {
    const open = {
      ...proof,
      unknown: 3,
      happened: 1,
      didNotHappen: 2,
      verified: 3,
      foreign: 4,
      holes: ["order 9"],
      notes: ["n"],
    };
    const text = formatReport(sampleReport({ proof: open }));
    expect(text).toContain("verified: 3 of 3 orders");
    expect(text).toContain("unknown outcomes: 3, of which 1 had happened, once, and 2 had not\n");
    expect(text).toContain("orders of others among them: 4\n");
    expect(text).toContain("note  n\nUNPROVED  order 9\n");
    expect(text).toEndWith("0 errors, and the proof has holes\n");
  });

  test("warns loudly when the generator was the limit", () => {
    const record = (recorder: Recorder): void => {
      recorder.count("iterations", 0, 0);
      recorder.count("dropped", 0, 1_100);
    };
    const workers = [{ ...worker, cpu: 0.97, waited: 9 }];
    const text = formatReport(sampleReport({ record, workers }, "--rate", "10", "--duration", "2s"));
    expect(text).toContain("WARNING  the generator was the bottleneck: a worker used 97 % of a core");
    expect(text).toContain("WARNING  9 of 1 iterations waited for a free connection");
    expect(text).toContain("WARNING  1 iterations were DROPPED");
  });

  test("begins with what is going to be done", () => {
    const toys = { names: ["Tux", "Lego"], from: "toys.csv" };
    expect(titleOf(wanted("--n_threads", "5", "--p", "0.8"), toys)).toBe(
      "session_check at 127.0.0.1:1110: 5 sessions x 10 repeats, p 0.8, 2 toys (toys.csv)",
    );
    expect(titleOf(wanted("--run_type", "query"), toys)).toBe(
      "query at 127.0.0.1:1110: 1 session x 10 repeats, 2 toys (toys.csv)",
    );
    const mix = wanted("--mix", "read=9,buy=1", "--rate", "50", "--duration", "3s", "--products", "hot:Tux");
    expect(titleOf(mix, toys)).toBe(
      "mix at 127.0.0.1:1110: 10 connections for 3 s, 50 begun per second, read 9 : buy 1 : check 0, only Tux",
    );
  });
});

describe("the exit status", () => {
  const erred = (recorder: Recorder): void => recorder.error("query", "HTTP 500", 0, 1);

  test("is 2 if errors remained, 4 if the store went away, 3 if a promise was broken whatever else happened", () => {
    expect(sampleReport({ record: erred }).exitStatus).toBe(2);
    expect(sampleReport({ record: erred, end: "gave up" }).exitStatus).toBe(4);
    const findings: Finding[] = [{ type: "lost", order, at: "a:1" }];
    expect(sampleReport({ record: erred, end: "gave up", findings }).exitStatus).toBe(3);
    expect(sampleReport({ workers: [{ ...worker, findings, findingsCount: 1 }] }).exitStatus).toBe(3);
  });

  test("leaves errors to a threshold that speaks of them", () => {
    expect(sampleReport({ record: erred }, "--threshold", "errors<5%").exitStatus).toBe(0);
    expect(sampleReport({ record: erred }, "--threshold", "errors<0.1%").exitStatus).toBe(2);
    expect(sampleReport({ record: erred }, "--threshold", "rate>1").exitStatus).toBe(2);
  });

  test("of an interrupted run is 0 only if nothing was left to prove", () => {
    expect(sampleReport({ end: "interrupted" }).exitStatus).toBe(0);
    expect(sampleReport({ end: "interrupted", proof: { ...proof, verified: 1 } }).exitStatus).toBe(130);
    expect(sampleReport({ end: "interrupted", proof: undefined }, "--run_type", "session").exitStatus).toBe(0);
  });

  test("is not 0 when the proof has holes", () => {
    expect(sampleReport({ proof: { ...proof, holes: ["order 9 could not be read"] } }).exitStatus).toBe(2);
  });
});
