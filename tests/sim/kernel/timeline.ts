import { EventQueue, type Happening } from "./event-queue.ts";

/** Simulated time and what happens in it. */
export class Timeline {
  private readonly queue = new EventQueue();
  /** True time in ms since the beginning; no process sees it. */
  nowMs = 0;
  /** How much has happened. */
  events = 0;
  private mixed = 0x811c9dc5 | 0;

  /** Speaks for everything that happened and when (FNV-1a): the same seed gives the same hash. */
  get hash(): number {
    return this.mixed >>> 0;
  }

  schedule(delayMs: number, happening: Happening): void {
    this.queue.push(this.nowMs + delayMs, happening);
  }

  scheduleAt(atMs: number, happening: Happening): void {
    this.queue.push(Math.max(atMs, this.nowMs), happening);
  }

  /** Lets time pass up to `untilMs`, or until `isOver` says so. */
  run(untilMs: number, isOver: () => boolean): void {
    const { queue } = this;
    for (let next = queue.take(untilMs); next !== undefined; next = queue.take(untilMs)) {
      this.nowMs = next.atMs;
      this.events++;
      this.mix(this.nowMs * 1024);
      next.happening.fire();
      if (isOver()) return;
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** Adds a number to the hash. */
  mix(value: number): void {
    this.mixed = Math.imul(this.mixed ^ (value | 0), 0x01000193);
  }
}
