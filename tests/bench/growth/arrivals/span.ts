/** What a crowd saw in a span of time. */
export interface Span {
  readonly ms: number;
  readonly offered: number;
  /** Arrivals that found every connection waiting for its reply: never offered. */
  readonly unsent: number;
  readonly accepted: number;
  /** 503 with Retry-After. */
  readonly shed: number;
  /** Any other reply. */
  readonly wrong: number;
  /** Given up by a client that had waited long enough. */
  readonly late: number;
  /** Its connection ended without a reply. */
  readonly broken: number;
  /** Of those accepted, in ms, counted in tenths; NaN if there were none. */
  readonly p50: number;
  readonly p99: number;
}

const grainsPerMs = 10;
const grains = 100_000;

/** Counts replies until somebody takes what was counted. */
export class SpanCounter {
  offered = 0;
  unsent = 0;
  late = 0;
  broken = 0;
  private sinceMs = performance.now();
  private accepted = 0;
  private shed = 0;
  private wrong = 0;
  private readonly tookGrains = new Uint32Array(grains);

  count(reply: Buffer, tookMs: number): void {
    const status = reply.toString("latin1", 9, 12);
    if (status === "200") {
      this.accepted++;
      const grain = Math.min(grains - 1, Math.round(tookMs * grainsPerMs));
      this.tookGrains[grain] = (this.tookGrains[grain] ?? 0) + 1;
    } else if (status === "503" && /\r\nretry-after: \d+\r\n/i.test(reply.toString("latin1"))) this.shed++;
    else this.wrong++;
  }

  take(): Span {
    const nowMs = performance.now();
    const ms = nowMs - this.sinceMs;
    this.sinceMs = nowMs;
    const { offered, unsent, accepted, shed, wrong, late, broken } = this;
    const span = { ms, offered, unsent, accepted, shed, wrong, late, broken, p50: this.at(0.5), p99: this.at(0.99) };
    this.tookGrains.fill(0);
    this.offered = this.unsent = this.accepted = this.shed = this.wrong = this.late = this.broken = 0;
    return span;
  }

  private at(share: number): number {
    let left = Math.ceil(this.accepted * share);
    if (left === 0) return Number.NaN;
    const grain = this.tookGrains.findIndex((count) => (left -= count) <= 0);
    return grain / grainsPerMs;
  }
}
