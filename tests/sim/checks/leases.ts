type Fail = (check: string, message: string) => void;

/** No front-end answers from its cache at a moment that the catalog has not reckoned with. */
export class Leases {
  private readonly untilMs = new Map<string, number>();

  constructor(private readonly fail: Fail) {}

  /** The catalog has granted a lease that it counts up to this true moment. */
  onLease(front: string, untilMs: number): void {
    this.untilMs.set(front, Math.max(untilMs, this.untilMs.get(front) ?? 0));
  }

  onCachedRead(front: string, nowMs: number): void {
    const untilMs = this.untilMs.get(front) ?? 0;
    if (nowMs <= untilMs) return;
    this.fail(
      "no read from an expired lease",
      `${front} answered from its cache ${(nowMs - untilMs).toFixed(1)} ms after its lease`,
    );
  }
}
