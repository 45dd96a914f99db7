import { describe, expect, test } from "bun:test";
import { findWrk, parseWrk } from "../../../services/client/calibrate/wrk.ts";
import { runClient } from "../program.ts";

const wrkReport = `Running 3s test @ http://127.0.0.1:8080/products/Tux
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     5.66ms  731.12us  12.50ms   88.88%
    Req/Sec     1.41k    66.79     1.50k    73.33%
  Latency Distribution
     50%    5.44ms
     75%  980.00us
     90%    6.40ms
     99%    1.02s
  4226 requests in 3.01s, 701.58KB read
Requests/sec:   1404.29
Transfer/sec:    233.13KB
`;

describe("wrk's report", () => {
  test("is read with its units", () => {
    expect(parseWrk(wrkReport)).toEqual({ perSecond: 1404.29, p50: 5.44, p90: 6.4, p99: 1020, max: 12.5 });
  });

  test("that is none is refused", () => {
    expect(() => parseWrk("unable to connect")).toThrow("not a report of wrk");
  });
});

describe("bin/client calibrate", () => {
  test("measures the generator on a bare server, beside wrk or saying loudly that there is none", async () => {
    const { status, out, problem } = await runClient("calibrate", "--duration", "1s");
    expect(status).toBe(0);
    for (const row of ["| bin/client, 1 worker |", "## Below saturation", "| open loop, 500/s |"]) {
      expect(out).toContain(row);
    }
    if (findWrk() === undefined) expect(problem).toContain("SKIPPED: wrk is not installed");
    else expect(out).toMatch(/bin\/client reaches \d+ % of what wrk reaches/);
    // The second in which the server stands still shows in the open loop, whatever else the machine does.
    const max = /\| open loop, 500\/s .* ([\d.]+) ms \|$/m.exec(out)?.[1];
    expect(Number(max)).toBeGreaterThan(900);
  }, 60_000);
});
