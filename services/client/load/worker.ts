import type { Clock } from "../../lib/clock.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import { systemRandom } from "../../lib/system-random.ts";
import { TcpConnection } from "../connection.ts";
import { Journal } from "../proof/journal.ts";
import { retryDefaults } from "../retry.ts";
import { Arrivals } from "./arrivals.ts";
import { encodeHistogram } from "./latency.ts";
import { OpenLoop } from "./open-loop.ts";
import { OwnStock } from "./own-stock.ts";
import type { WorkerPlan } from "./plan.ts";
import { makePicker } from "./products.ts";
import { Recorder } from "./recorder.ts";
import { Shopper, type Shopping, type ShoppingWorld } from "./shopper.ts";
import type { LoadEnd, WorkerMessage, WorkerSummary } from "./slice.ts";

const workerLimits = {
  /** How often waiting requests and a silent store are looked at. */
  watchMs: 100,
  /** Without one usable answer for this many times the retry time the worker gives up. */
  silentRetryTimes: 3,
  silentMsMin: 10_000,
};

/** What a worker needs of the world. */
export interface WorkerWorld {
  /** Milliseconds of the Unix epoch, monotonic. */
  readonly epochClock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  readonly makeKey: () => string;
  readonly send: (message: WorkerMessage) => void;
}

/** A part of a load while it runs. */
export class Worker {
  private interrupted = false;
  private gaveUp = false;
  private journalProblem: string | undefined;
  private readonly clock: Clock;
  private readonly recorder: Recorder;
  private readonly journal: Journal | undefined;
  private readonly connections: readonly TcpConnection[];
  private openLoop: OpenLoop | undefined;

  /** Throws the system's error if the journal cannot be opened. */
  constructor(
    private readonly plan: WorkerPlan,
    private readonly world: WorkerWorld,
  ) {
    const zeroMs = plan.startEpochMs + plan.warmupMs;
    this.clock = { now: () => world.epochClock.now() - zeroMs };
    this.recorder = new Recorder((slice) => world.send({ type: "slice", slice }));
    this.journal =
      plan.journalFile === undefined ? undefined : new Journal(plan.journalFile, (error) => this.failJournal(error));
    this.connections = Array.from({ length: plan.connections }, (_, i) => {
      const target = plan.targets[(plan.worker.firstConnection + i) % plan.targets.length];
      return new TcpConnection(
        { host: target?.host ?? "", port: target?.port ?? 0, timeoutMs: plan.timeoutMs, keepAlive: plan.keepAlive },
        this.clock,
      );
    });
  }

  /** Begins nothing more; what is under way comes to its end. */
  stop(): void {
    this.interrupted = true;
    this.openLoop?.stop();
  }

  /** Resolves when the last request has ended; then everything was sent, "done" last. */
  async run(): Promise<void> {
    const cpuBefore = process.cpuUsage();
    await this.waitForStart();
    const startMs = this.clock.now();
    const watch = setInterval(() => this.watch(), workerLimits.watchMs);
    this.recorder.lastAnswerMs = startMs;
    try {
      await this.shop();
    } finally {
      clearInterval(watch);
      this.journal?.close();
      for (const connection of this.connections) connection.close();
    }
    this.recorder.finish();
    const { user, system } = process.cpuUsage(cpuBefore);
    const tookMs = Math.max(1, this.clock.now() - startMs);
    this.world.send({ type: "done", summary: this.summary((user + system) / 1000 / tookMs) });
  }

  /** A timer may wake early: what then began would count as warm-up. */
  private async waitForStart(): Promise<void> {
    const { epochClock, pause } = this.world;
    const leftMs = (): number => this.plan.startEpochMs - epochClock.now();
    while (leftMs() > 0) await pause(Math.ceil(leftMs()));
  }

  private async shop(): Promise<void> {
    const { pace, warmupMs, worker } = this.plan;
    const shoppers = this.makeShoppers();
    if (pace.type === "open") {
      const arrivals = new Arrivals(pace.perSecond, warmupMs + pace.durationMs, worker);
      const limits = { latestMs: this.plan.timeoutMs };
      this.openLoop = new OpenLoop(arrivals, shoppers, this.clock, -warmupMs, limits, this.recorder);
      await this.openLoop.run(() => this.stopped);
      return;
    }
    const repeats = pace.type === "repeats" ? pace.repeats : Number.POSITIVE_INFINITY;
    const endMs = pace.type === "closed" ? pace.durationMs : Number.POSITIVE_INFINITY;
    await Promise.all(shoppers.map((shopper) => this.repeat(shopper, repeats, endMs)));
  }

  /** A closed loop: each iteration begins when the last one has ended. */
  private async repeat(shopper: Shopper, repeats: number, endMs: number): Promise<void> {
    for (let i = 0; i < repeats && !this.stopped; i++) {
      const nowMs = this.clock.now();
      if (nowMs >= endMs) return;
      await shopper.visit(nowMs);
    }
  }

  private makeShoppers(): Shopper[] {
    const { plan, world, recorder, clock, journal } = this;
    const shopping: Shopping = {
      workload: plan.workload,
      pick: makePicker(plan.products, plan.toys),
      quantity: plan.quantity,
      retry: { forMs: plan.retryMs, ...retryDefaults },
    };
    const stopped = (): boolean => this.stopped;
    const shoppingWorld: ShoppingWorld = {
      clock,
      recorder,
      pause: world.pause,
      makeKey: world.makeKey,
      stopped,
      journal,
    };
    const ownStock = plan.watchOwnStock ? new OwnStock() : undefined;
    return this.connections.map((connection, i) => {
      const random = randomOf(plan.seed, plan.worker.firstConnection + i);
      return new Shopper(connection, shopping, random, shoppingWorld, ownStock);
    });
  }

  private get stopped(): boolean {
    return this.interrupted || this.gaveUp;
  }

  private watch(): void {
    const nowMs = this.clock.now();
    for (const connection of this.connections) connection.expire();
    this.recorder.tick(nowMs);
    const { silentMsMin, silentRetryTimes } = workerLimits;
    const { pace, retryMs, worker } = this.plan;
    const gapMs = pace.type === "open" ? (worker.of * 1000) / pace.perSecond : 0;
    const silentMs = Math.max(silentMsMin, (retryMs + gapMs) * silentRetryTimes);
    if (nowMs - this.recorder.lastAnswerMs > silentMs) this.gaveUp = true;
  }

  /** A purchase whose intent is not on record could never be proved: the run ends. */
  private failJournal(error: Error): void {
    this.journalProblem = error.message;
    this.stop();
  }

  private end(): LoadEnd {
    if (this.journalProblem !== undefined) return "journal failed";
    if (this.gaveUp) return "gave up";
    return this.interrupted ? "interrupted" : "complete";
  }

  private summary(cpu: number): WorkerSummary {
    const { findings } = this.recorder;
    return {
      end: this.end(),
      reason: this.journalProblem ?? "",
      cpu,
      lateness: this.openLoop === undefined ? "" : encodeHistogram(this.openLoop.lateness),
      waited: this.openLoop?.waited ?? 0,
      findings: findings.kept,
      findingsCount: findings.count,
    };
  }
}

/** Each connection has choices of its own, so that they do not depend on who is faster. */
function randomOf(seed: number | undefined, connection: number): Random {
  return seed === undefined ? systemRandom : seededRandom(seed * 65_536 + connection);
}
