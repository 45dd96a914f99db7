import { type RequestType, requestTypes } from "../load/slice.ts";
import type { Latency, Report } from "./report.ts";

/** What a run must keep to: 'buy.p99<20ms'. */
export interface Threshold {
  /** As it was written. */
  readonly text: string;
  /** Undefined: all types together. */
  readonly type: RequestType | undefined;
  readonly metric: "latency" | "errors" | "errorShare" | "rate" | "dropped";
  /** Of latency only. */
  readonly percentile: keyof Latency | undefined;
  readonly operator: "<" | "<=" | ">" | ">=";
  /** Milliseconds, a count, a share (0 to 1), or per second. */
  readonly limit: number;
}

export interface CheckedThreshold {
  readonly text: string;
  /** What was measured, in the threshold's own unit. */
  readonly measured: string;
  readonly kept: boolean;
}

const pattern =
  /^(?:(query|buy|check)\.)?(mean|min|max|p50|p75|p90|p95|p99|p99\.9|p99\.99|errors|rate|dropped)\s*(<=|<|>=|>)\s*(\d+(?:\.\d+)?)\s*(us|ms|s|%|\/s)?$/;

export const thresholdSyntax =
  "accepted is METRIC OPERATOR VALUE: query|buy|check and .p50 .p75 .p90 .p95 .p99 .p99.9 .p99.99 .mean .min .max " +
  "with us, ms or s; [TYPE.]errors with a number or %; [TYPE.]rate with /s; dropped; and < <= > >=; " +
  "for example 'buy.p99<20ms', 'errors<0.1%', 'rate>500/s'";

const milliseconds: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

/** Undefined: not a threshold (see thresholdSyntax). */
export function parseThreshold(text: string): Threshold | undefined {
  const match = pattern.exec(text.trim());
  if (match === null) return undefined;
  const [, type, name = "", operator = "<", value = "", unit] = match;
  const base = {
    text,
    type: requestTypes.find((known) => known === type),
    operator: operator as Threshold["operator"],
    percentile: undefined,
  };
  switch (name) {
    case "errors":
      if (unit === "%") return { ...base, metric: "errorShare", limit: Number(value) / 100 };
      return unit === undefined ? { ...base, metric: "errors", limit: Number(value) } : undefined;
    case "rate":
      return unit === undefined || unit === "/s" ? { ...base, metric: "rate", limit: Number(value) } : undefined;
    case "dropped":
      return unit === undefined && type === undefined
        ? { ...base, metric: "dropped", limit: Number(value) }
        : undefined;
    default: {
      const factor = milliseconds[unit ?? ""];
      if (factor === undefined || type === undefined) return undefined;
      return { ...base, metric: "latency", percentile: name as keyof Latency, limit: Number(value) * factor };
    }
  }
}

/** What thresholds are checked against. */
export type Measured = Pick<Report, "requests" | "generator" | "perSecond">;

export function checkThreshold(threshold: Threshold, report: Measured): CheckedThreshold {
  const { text, operator, limit } = threshold;
  const value = measure(threshold, report);
  // Nothing was answered: no latency is known, so none was kept to.
  const kept = value !== undefined && compare(value, operator, limit);
  return { text, measured: value === undefined ? "nothing answered" : show(value, threshold.metric), kept };
}

function measure({ type, metric, percentile }: Threshold, report: Measured): number | undefined {
  const types: readonly RequestType[] = type === undefined ? requestTypes : [type];
  const sum = (of: "answered" | "errors" | "perSecond"): number =>
    types.reduce((total: number, at) => total + report.requests[at][of], 0);
  switch (metric) {
    case "errors":
      return sum("errors");
    case "errorShare":
      return sum("errors") / Math.max(1, sum("errors") + sum("answered"));
    case "rate":
      return type === undefined ? report.perSecond : sum("perSecond");
    case "dropped":
      return report.generator.dropped;
    case "latency": {
      const request = report.requests[type ?? "query"];
      return request.answered === 0 || percentile === undefined ? undefined : request.latency[percentile];
    }
  }
}

function compare(value: number, operator: Threshold["operator"], limit: number): boolean {
  if (operator === "<") return value < limit;
  if (operator === "<=") return value <= limit;
  return operator === ">" ? value > limit : value >= limit;
}

function show(value: number, metric: Threshold["metric"]): string {
  if (metric === "latency") return `${value} ms`;
  if (metric === "errorShare") return `${Number((value * 100).toFixed(4))} %`;
  return metric === "rate" ? `${Math.round(value)}/s` : `${value}`;
}
