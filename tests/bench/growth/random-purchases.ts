import { TcpConnection } from "../../../services/client/connection.ts";
import { buy, type Send } from "../../../services/client/store-api.ts";
import { systemClock } from "../../../services/lib/clock.ts";

export interface Purchases {
  readonly seconds: number;
  /** Acknowledged. */
  readonly count: number;
  /** Anything else that was answered, or was not. */
  readonly failed: number;
  /** Of those acknowledged, in ms. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Purchases a second, of all connections together; undefined: each begins when the one before it is answered. */
  readonly rate?: number | undefined;
  product(): string;
}

/** Buys one piece at a time, on so many connections. */
export async function makePurchases(load: Load): Promise<Purchases> {
  const target = { host: "127.0.0.1", port: load.port, timeoutMs: 10_000 };
  const connections = Array.from({ length: load.connections }, () => new TcpConnection(target, systemClock));
  const tookMs: number[] = [];
  let failed = 0;
  const startMs = performance.now();
  const endMs = startMs + load.seconds * 1_000;
  const paceMs = load.rate === undefined ? 0 : (1_000 * load.connections) / load.rate;
  const watch = setInterval(() => {
    for (const connection of connections) connection.expire();
  }, 500);
  const run = async (connection: TcpConnection, nth: number): Promise<void> => {
    const send: Send = (request) => connection.send(request);
    let dueMs = startMs + (paceMs * nth) / load.connections;
    for (let now = performance.now(); now < endMs; now = performance.now()) {
      if (now < dueMs) await Bun.sleep(dueMs - now);
      // One that had to wait for its connection counts from when it was due.
      const beganMs = load.rate === undefined ? now : dueMs;
      const outcome = await buy(send, { name: load.product(), quantity: 1, key: crypto.randomUUID() });
      if (outcome.type === "bought") tookMs.push(performance.now() - beganMs);
      else failed += 1;
      dueMs += paceMs;
    }
  };
  await Promise.all(connections.map(run));
  clearInterval(watch);
  for (const connection of connections) connection.close();
  tookMs.sort((a, b) => a - b);
  const at = (share: number): number => tookMs[Math.floor(tookMs.length * share)] ?? Number.NaN;
  const seconds = (performance.now() - startMs) / 1_000;
  return { seconds, count: tookMs.length, failed, p50: at(0.5), p99: at(0.99), longest: tookMs.at(-1) ?? Number.NaN };
}
