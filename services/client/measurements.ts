import { build, type Histogram } from "hdr-histogram-js";
import type { Finding } from "./findings.ts";
import type { Order } from "./store-api.ts";

export const requestTypes = ["query", "buy", "check"] as const;
export type RequestType = (typeof requestTypes)[number];

/** Latency in microseconds, three significant digits, up to an hour. */
function makeHistogram(): Histogram {
  return build({ highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: 3, autoResize: true });
}

/** Evidence that is kept; the rest is only counted. */
export const findingsKeptMax = 100;

/** What one type of request came to. */
export class RequestMeasurement {
  /** Answered requests, from their first attempt to the answer, in microseconds. */
  readonly latency = makeHistogram();
  /** Attempts after the first. */
  retries = 0;
  errors = 0;

  answered(tookMs: number): void {
    this.latency.recordValue(Math.max(1, Math.round(tookMs * 1000)));
  }
}

/** Everything that the sessions of one run saw, together. */
export class Measurements {
  readonly requests: Readonly<Record<RequestType, RequestMeasurement>> = {
    query: new RequestMeasurement(),
    buy: new RequestMeasurement(),
    check: new RequestMeasurement(),
  };
  /** "buy: HTTP 503" to how often. */
  readonly errorsByKind = new Map<string, number>();
  /** Acknowledged orders, each number once. */
  readonly orders = new Map<number, Order>();
  outOfStock = 0;
  /** Orders that were read back and found as they were bought. */
  verified = 0;
  /** The first `findingsKeptMax`. */
  readonly findings: Finding[] = [];
  findingsCount = 0;
  /** Monotonic time of the last usable answer. */
  lastAnswerMs = 0;

  answer(type: RequestType, startMs: number, nowMs: number): void {
    this.requests[type].answered(nowMs - startMs);
    this.lastAnswerMs = nowMs;
  }

  error(type: RequestType, kind: string): void {
    this.requests[type].errors++;
    const name = `${type}: ${kind}`;
    this.errorsByKind.set(name, (this.errorsByKind.get(name) ?? 0) + 1);
  }

  /** Takes an acknowledged order; a number that was given before is a broken promise. */
  bought(order: Order): void {
    const first = this.orders.get(order.number);
    if (first === undefined) this.orders.set(order.number, order);
    else this.finding({ type: "duplicate", first, second: order });
  }

  finding(finding: Finding): void {
    this.findingsCount++;
    if (this.findings.length < findingsKeptMax) this.findings.push(finding);
  }

  get errorsCount(): number {
    return requestTypes.reduce((sum, type) => sum + this.requests[type].errors, 0);
  }
}
