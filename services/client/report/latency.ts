import type { Histogram } from "hdr-histogram-js";
import type { Latency, RequestReport } from "./report.ts";

const empty: Latency = {
  mean: 0,
  min: 0,
  max: 0,
  p50: 0,
  p75: 0,
  p90: 0,
  p95: 0,
  p99: 0,
  "p99.9": 0,
  "p99.99": 0,
};

/** A histogram in microseconds as numbers in milliseconds. */
export function describeLatency(latency: Histogram): Latency {
  if (latency.totalCount === 0) return empty;
  const at = (percentile: number): number => milliseconds(latency.getValueAtPercentile(percentile));
  return {
    mean: milliseconds(latency.mean),
    min: milliseconds(latency.minNonZeroValue),
    max: milliseconds(latency.maxValue),
    p50: at(50),
    p75: at(75),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    "p99.9": at(99.9),
    "p99.99": at(99.99),
  };
}

/** Points for a plot of latency by percentile: dense where few requests are, up to the slowest one. */
export function percentileCurve(latency: Histogram): RequestReport["percentiles"] {
  const count = latency.totalCount;
  if (count === 0) return [];
  const points: (readonly [number, number])[] = [];
  // The axis is logarithmic in 1 / (1 - share): equal steps on it, until less than one request is left.
  for (let nines = 0; 10 ** nines <= count; nines += 0.1) {
    const percentile = 100 - 100 / 10 ** nines;
    points.push([round(percentile, 5), milliseconds(latency.getValueAtPercentile(percentile))]);
  }
  points.push([round(100 - 100 / count, 5), milliseconds(latency.maxValue)]);
  return points;
}

function milliseconds(microseconds: number): number {
  return round(microseconds / 1000, 3);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
