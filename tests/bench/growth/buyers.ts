import { TcpConnection } from "../../../services/client/connection.ts";
import { buy, type Send } from "../../../services/client/store-api.ts";
import { systemClock } from "../../../services/lib/clock.ts";
import { toyOf } from "./history.ts";

/** Latencies in ms. */
export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

interface Sample {
  /** When the reply came. */
  readonly atMs: number;
  readonly tookMs: number;
}

const timeoutMs = 10_000;

/**
 * Purchases of all toys by turns, on a number of connections: one after the
 * other on each, or at a given rate, whatever the store does. The latency of a
 * purchase that had to wait for a free connection counts from when it was due.
 */
export class Buyers implements AsyncDisposable {
  /** Replies other than an order number. */
  failures = 0;
  private readonly samples: Sample[] = [];
  private readonly connections: TcpConnection[];
  private readonly running: Promise<unknown>;
  private readonly startMs = performance.now();
  private begun = 0;
  private stopped = false;

  /** `perSecond` undefined: as fast as the store answers. */
  constructor(
    port: number,
    connections: number,
    private readonly perSecond?: number,
  ) {
    const target = { host: "127.0.0.1", port, timeoutMs };
    this.connections = Array.from({ length: connections }, () => new TcpConnection(target, systemClock));
    this.running = Promise.all(this.connections.map((connection) => this.run(connection)));
  }

  /** Of purchases answered between two moments (performance.now()). */
  between(fromMs: number, toMs: number): Latencies {
    const took = this.samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ tookMs }) => tookMs);
    took.sort((a, b) => a - b);
    const at = (share: number): number =>
      took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN;
    return { count: took.length, p50: at(0.5), p99: at(0.99) };
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    for (const connection of this.connections) connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private async run(connection: TcpConnection): Promise<void> {
    const send: Send = (request) => connection.send(request);
    while (!this.stopped) {
      const number = this.begun++;
      const now = performance.now();
      const dueMs = this.perSecond === undefined ? now : this.startMs + (number * 1000) / this.perSecond;
      if (dueMs > now) await Bun.sleep(dueMs - now);
      const outcome = await buy(send, { name: toyOf(number), quantity: 1, key: crypto.randomUUID() });
      if (outcome.type !== "bought") this.failures++;
      const atMs = performance.now();
      this.samples.push({ atMs, tookMs: atMs - dueMs });
    }
  }
}
