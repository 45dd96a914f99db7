import { type Finding, FindingList } from "../proof/findings.ts";
import { encodeHistogram, makeHistogram, recordMs } from "./latency.ts";
import type { RequestType, Slice, TypeSlice } from "./slice.ts";

/** One type of request in the current second. */
class TypeRecorder {
  readonly latency = makeHistogram();
  errors = 0;
  retries = 0;

  take(): TypeSlice {
    const slice = { latency: encodeHistogram(this.latency), errors: this.errors, retries: this.retries };
    this.latency.reset();
    this.errors = 0;
    this.retries = 0;
    return slice;
  }
}

/**
 * What the shoppers of one worker see, handed out second by second. Times are
 * milliseconds since the measured time began; what began before (the warm-up)
 * is left out.
 */
export class Recorder {
  readonly findings = new FindingList();
  /** Of the last usable answer. */
  lastAnswerMs = 0;
  private second = 0;
  private isEmpty = true;
  private readonly types = { query: new TypeRecorder(), buy: new TypeRecorder(), check: new TypeRecorder() };
  private errors: Record<string, number> = {};
  private failedAttempts: Record<string, number> = {};
  private counts = { orders: 0, outOfStock: 0, iterations: 0, dropped: 0 };

  constructor(private readonly onSlice: (slice: Slice) => void) {}

  answer(type: RequestType, startMs: number, nowMs: number): void {
    this.lastAnswerMs = nowMs;
    if (!this.enter(startMs, nowMs)) return;
    recordMs(this.types[type].latency, nowMs - startMs);
  }

  error(type: RequestType, kind: string, startMs: number, nowMs: number): void {
    if (!this.enter(startMs, nowMs)) return;
    this.types[type].errors++;
    count(this.errors, `${type}: ${kind}`);
  }

  retry(type: RequestType, kind: string, nowMs: number): void {
    if (!this.enter(nowMs, nowMs)) return;
    this.types[type].retries++;
    count(this.failedAttempts, `${type}: ${kind}`);
  }

  /** An order, a refusal, an iteration begun or one left out, of an iteration that was due at `startMs`. */
  count(what: "orders" | "outOfStock" | "iterations" | "dropped", startMs: number, nowMs: number): void {
    if (this.enter(startMs, nowMs)) this.counts[what]++;
  }

  finding(finding: Finding): void {
    this.findings.add(finding);
  }

  /** Time has passed: hands out the second that is over. */
  tick(nowMs: number): void {
    if (nowMs >= 0) this.turnTo(nowMs);
  }

  /** Hands out what is left. */
  finish(): void {
    if (!this.isEmpty) this.emit();
  }

  /** False: before the measured time. */
  private enter(startMs: number, nowMs: number): boolean {
    if (startMs < 0) return false;
    this.turnTo(nowMs);
    this.isEmpty = false;
    return true;
  }

  private turnTo(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second <= this.second) return;
    // An empty second is told too: whoever adds the workers' slices up waits for each of them.
    this.emit();
    this.second = second;
  }

  private emit(): void {
    const { query, buy, check } = this.types;
    this.onSlice({
      second: this.second,
      requests: { query: query.take(), buy: buy.take(), check: check.take() },
      errors: this.errors,
      failedAttempts: this.failedAttempts,
      ...this.counts,
    });
    this.errors = {};
    this.failedAttempts = {};
    this.counts = { orders: 0, outOfStock: 0, iterations: 0, dropped: 0 };
    this.isEmpty = true;
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
