import type { Clock } from "../../../services/lib/clock.ts";

/** Counts only the time during which it is not paused. */
export class PausableClock implements Clock {
  private pausedAtMs: number | undefined;
  private pausesMs = 0;

  constructor(private readonly clock: Clock) {}

  get isPaused(): boolean {
    return this.pausedAtMs !== undefined;
  }

  now(): number {
    return (this.pausedAtMs ?? this.clock.now()) - this.pausesMs;
  }

  pause(): void {
    this.pausedAtMs ??= this.clock.now();
  }

  resume(): void {
    if (this.pausedAtMs === undefined) return;
    this.pausesMs += this.clock.now() - this.pausedAtMs;
    this.pausedAtMs = undefined;
  }
}
