import type { Happening } from "./event-queue.ts";
import type { Timeline } from "./timeline.ts";

/** Something that reaches a process from outside: taken at once, after a pause, or never. */
export interface Arrival {
  arrive(): void;
}

/** A monotonic clock of its own rate; it begins anywhere. */
export interface ProcessClock {
  readonly offsetMs: number;
  /** Local ms per true ms. */
  readonly rate: number;
}

/**
 * A process of the simulated machine room: it can die, be stopped (SIGSTOP) and
 * go on, and start again as a new run. What was meant for an earlier run is lost.
 */
export abstract class SimProcess {
  state: "down" | "up" | "paused" = "down";
  /** Counts starts and ends. */
  run = 0;
  /** Its machine has no power: not even a refusal comes from there. */
  isDark = false;
  /** After a pause, what came from outside is taken before timers that ran out. */
  timersLast = false;
  private backlog: Arrival[] = [];
  private lateTimers: Arrival[] = [];
  private clock: ProcessClock = { offsetMs: 0, rate: 1 };

  constructor(
    /** Place in the network, from 0. */
    readonly place: number,
    readonly name: string,
    readonly timeline: Timeline,
  ) {}

  get isUp(): boolean {
    return this.state !== "down";
  }

  /** What its monotonic clock shows. */
  get localMs(): number {
    return this.clock.offsetMs + this.timeline.nowMs * this.clock.rate;
  }

  /** The true moment at which this process's clock will have gone on by `localMs`. */
  trueAfter(localMs: number): number {
    return this.timeline.nowMs + localMs / this.clock.rate;
  }

  setClock(clock: ProcessClock): void {
    this.clock = clock;
  }

  start(): void {
    this.run++;
    this.state = "up";
    this.isDark = false;
    this.boot();
  }

  /** The process is gone; `boot` finds what its disk holds. */
  stop(): void {
    this.state = "down";
    this.run++;
    this.backlog = [];
    this.lateTimers = [];
    this.halt();
  }

  pause(): void {
    if (this.state === "up") this.state = "paused";
  }

  /** Everything that piled up is taken, in its order. */
  resume(): void {
    if (this.state !== "paused") return;
    this.state = "up";
    const { run } = this;
    const arrivals = [...this.backlog, ...this.lateTimers];
    this.backlog = [];
    this.lateTimers = [];
    for (const arrival of arrivals) this.admit(run, arrival);
  }

  /** A timer has run out. */
  expire(run: number, arrival: Arrival): void {
    if (this.state === "paused" && this.timersLast && run === this.run) this.lateTimers.push(arrival);
    else this.admit(run, arrival);
  }

  /** Lets something in that was meant for this run. */
  admit(run: number, arrival: Arrival): void {
    if (run !== this.run || this.state === "down") return;
    this.timeline.mix(this.place);
    if (this.state === "paused") this.backlog.push(arrival);
    else arrival.arrive();
  }

  /** After `delayMs` of its own clock, unless the run has ended by then. */
  after(delayMs: number, arrival: Arrival): void {
    this.timeline.schedule(delayMs / this.clock.rate, new Timer(this, this.run, arrival));
  }

  protected abstract boot(): void;
  protected abstract halt(): void;
}

class Timer implements Happening {
  constructor(
    private readonly process: SimProcess,
    private readonly run: number,
    private readonly arrival: Arrival,
  ) {}

  fire(): void {
    this.process.expire(this.run, this.arrival);
  }
}
