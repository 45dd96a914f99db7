import { describe, expect, test } from "bun:test";
import { sweepCharts, sweepRows, sweepSummary } from "../../../services/client/sweep/table.ts";
import { sampleReport } from "../report/sample.ts";

/** A run whose queries take so long in the mean, and which looked no order up. */
function report(queryMs: number) {
  const whole = sampleReport();
  const { query, buy, check } = whole.requests;
  const shown = { ...query, latency: { ...query.latency, mean: queryMs } };
  return { ...whole, requests: { query: shown, buy, check: { ...check, answered: 0 } } };
}

const points = [0, 0.2].map((p) => ({ p, cached: report(25), uncached: report(50) }));

describe("a sweep", () => {
  test("shows latencies by p, with and without the cache, and what it saves", () => {
    const [titles, first, second] = sweepRows(points);
    expect(titles?.slice(0, 4)).toEqual(["p", "query, cache on", "query, cache off", "saved"]);
    expect(first).toEqual(["0", "25.0 ms", "50.0 ms", "50 %", "8.00 ms", "8.00 ms", "0 %", "-", "-", "-"]);
    expect(second?.[0]).toBe("0.2");
    expect(sweepSummary(points)).toContain("50 % less time");
  });

  test("plots each type of request", () => {
    const charts = sweepCharts(points);
    expect(charts.map(({ title }) => title)).toEqual(
      ["query", "buy", "check"].map((type) => `Latency of ${type} by chance of buying`),
    );
    expect(charts[0]?.y[0]).toEqual({ label: "mean, cache on", values: [25, 25] });
    expect(charts[2]?.y[0]).toEqual({ label: "mean, cache on", values: [null, null] });
  });
});
