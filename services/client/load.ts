import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { Arguments } from "./arguments.ts";
import { type Connection, TcpConnection } from "./connection.ts";
import { Measurements } from "./measurements.ts";
import { OwnStock } from "./own-stock.ts";
import { retryDefaults } from "./retry.ts";
import { Session, type SessionWorld } from "./session.ts";
import { verifyOrders } from "./verify.ts";

/** How a run came to its end. */
export type LoadEnd =
  | "complete"
  /** Nobody listens at the front-end's address. */
  | "unreachable"
  /** The store fell silent and stayed so. */
  | "gave up"
  /** The user stopped it. */
  | "interrupted";

export interface LoadResult {
  readonly end: LoadEnd;
  readonly measurements: Measurements;
  /** How long the sessions shopped, and how long reading back took after it. */
  readonly shopMs: number;
  readonly verifyMs: number;
}

const loadLimits = {
  /** How often waiting requests and a silent store are looked at. */
  watchMs: 250,
  /** Without one usable answer for this many times the retry time the run gives up. */
  silentRetryTimes: 3,
  silentMsMin: 10_000,
};

export interface LoadWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly pause: (ms: number) => Promise<void>;
  readonly makeKey: () => string;
  /** True once the user wants to stop. */
  readonly interrupted: () => boolean;
}

/** Runs all sessions to their end, then reads back what they bought (session_check). */
export async function runLoad(wanted: Arguments, toys: readonly string[], world: LoadWorld): Promise<LoadResult> {
  const { clock } = world;
  const measurements = new Measurements();
  const target = { host: wanted.frontHost, port: wanted.frontPort, timeoutMs: wanted.timeoutMs };
  const connections = Array.from({ length: wanted.threads }, () => new TcpConnection(target, clock));
  const watch = new Watch(wanted, world, measurements, connections);
  try {
    if (!(await isReachable(connections))) return { end: "unreachable", measurements, shopMs: 0, verifyMs: 0 };
    const sessions = makeSessions(wanted, toys, { ...world, measurements, stopped: () => watch.stopped }, connections);
    const startMs = clock.now();
    await Promise.all(sessions.map((session) => session.shop(wanted.repeats)));
    const shoppedMs = clock.now();
    if (wanted.runType === "session_check") {
      await verifyOrders(sessions, measurements.orders.values(), () => watch.stopped);
    }
    return { end: watch.end, measurements, shopMs: shoppedMs - startMs, verifyMs: clock.now() - shoppedMs };
  } finally {
    watch.close();
    for (const connection of connections) connection.close();
  }
}

function makeSessions(
  wanted: Arguments,
  toys: readonly string[],
  world: SessionWorld,
  connections: readonly Connection[],
): Session[] {
  const buyProbability = wanted.runType === "query" ? 0 : wanted.buyProbability;
  const shopping = { toys, buyProbability, retry: { forMs: wanted.retryMs, ...retryDefaults } };
  const ownStock = wanted.exclusive ? new OwnStock() : undefined;
  return connections.map((connection) => new Session(connection, shopping, world, ownStock));
}

/** Any answer will do: that the store is not ready yet is for the retries. */
async function isReachable(connections: readonly Connection[]): Promise<boolean> {
  const result = await connections[0]?.send({ method: "GET", path: "/healthz" });
  return result !== undefined && !("failure" in result);
}

/** Looks at the run every now and then: requests that wait too long, a store that fell silent. */
class Watch {
  private gaveUp = false;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    wanted: Arguments,
    private readonly world: LoadWorld,
    measurements: Measurements,
    connections: readonly Connection[],
  ) {
    const silentMs = Math.max(loadLimits.silentMsMin, wanted.retryMs * loadLimits.silentRetryTimes);
    measurements.lastAnswerMs = world.clock.now();
    this.timer = setInterval(() => {
      for (const connection of connections) connection.expire();
      if (world.clock.now() - measurements.lastAnswerMs > silentMs) this.gaveUp = true;
    }, loadLimits.watchMs);
  }

  get stopped(): boolean {
    return this.gaveUp || this.world.interrupted();
  }

  get end(): LoadEnd {
    if (this.gaveUp) return "gave up";
    return this.world.interrupted() ? "interrupted" : "complete";
  }

  close(): void {
    clearInterval(this.timer);
  }
}
