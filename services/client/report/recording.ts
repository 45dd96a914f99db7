import type { Histogram } from "hdr-histogram-js";
import { addEncoded, makeHistogram } from "../load/latency.ts";
import { type RequestType, requestTypes, type Slice } from "../load/slice.ts";
import type { TimelinePoint, TimelineRequests } from "./report.ts";

/** Answers, errors and retries of one type of request. */
interface TypeTotal {
  readonly latency: Histogram;
  errors: number;
  retries: number;
}

interface OpenSecond {
  readonly latencies: Readonly<Record<RequestType, Histogram>>;
  errors: number;
  retries: number;
  dropped: number;
  /** Workers that have told of it. */
  told: number;
}

/**
 * Adds up what the workers tell. A second is closed when each of them has told
 * of it, and its histograms shrink to a few numbers: a long run stays small.
 */
export class Recording {
  readonly totals: Readonly<Record<RequestType, TypeTotal>> = forEachType(() => ({
    latency: makeHistogram(),
    errors: 0,
    retries: 0,
  }));
  readonly errors = new Map<string, number>();
  readonly failedAttempts = new Map<string, number>();
  readonly timeline: TimelinePoint[] = [];
  orders = 0;
  outOfStock = 0;
  iterations = 0;
  dropped = 0;
  private readonly open = new Map<number, OpenSecond>();

  constructor(private readonly workers: number) {}

  take(slice: Slice): void {
    const second = this.enter(slice.second);
    for (const type of requestTypes) {
      const part = slice.requests[type];
      const total = this.totals[type];
      total.errors += part.errors;
      total.retries += part.retries;
      second.errors += part.errors;
      second.retries += part.retries;
      addEncoded(total.latency, part.latency);
      addEncoded(second.latencies[type], part.latency);
    }
    addCounts(this.errors, slice.errors);
    addCounts(this.failedAttempts, slice.failedAttempts);
    this.orders += slice.orders;
    this.outOfStock += slice.outOfStock;
    this.iterations += slice.iterations;
    this.dropped += slice.dropped;
    second.dropped += slice.dropped;
    second.told++;
    if (second.told === this.workers) this.close(slice.second, second);
  }

  /** Closes what is still open, in order. */
  finish(): void {
    for (const [at, second] of [...this.open]) this.close(at, second);
    this.timeline.sort((a, b) => a.second - b.second);
  }

  get errorsCount(): number {
    return requestTypes.reduce((sum, type) => sum + this.totals[type].errors, 0);
  }

  private enter(second: number): OpenSecond {
    const known = this.open.get(second);
    if (known !== undefined) return known;
    const opened = { latencies: forEachType(makeHistogram), errors: 0, retries: 0, dropped: 0, told: 0 };
    this.open.set(second, opened);
    return opened;
  }

  private close(at: number, { latencies, errors, retries, dropped }: OpenSecond): void {
    this.open.delete(at);
    const requests = forEachType((type) => describeSecond(latencies[type]));
    this.timeline.push({ second: at, requests, errors, retries, dropped });
  }
}

function describeSecond(latency: Histogram): TimelineRequests {
  const answered = latency.totalCount;
  if (answered === 0) return { answered, p50: 0, p99: 0, max: 0 };
  const ms = (percentile: number): number => latency.getValueAtPercentile(percentile) / 1000;
  return { answered, p50: ms(50), p99: ms(99), max: latency.maxValue / 1000 };
}

function addCounts(sums: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count);
}

/** A record with a value for each type of request. */
export function forEachType<T>(make: (type: RequestType) => T): Record<RequestType, T> {
  return { query: make("query"), buy: make("buy"), check: make("check") };
}
