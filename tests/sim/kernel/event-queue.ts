/** Something that happens at a moment of simulated time. */
export interface Happening {
  fire(): void;
}

/** A happening in its place; those of one millisecond are chained, earliest first. */
export interface Scheduled {
  readonly atMs: number;
  readonly happening: Happening;
  next: Scheduled | undefined;
}

/**
 * What is still to happen, earliest first; of one moment, in the order scheduled.
 * A calendar (Brown, 1988) with a page for each millisecond: a run schedules some
 * ten thousand happenings, about one in a millisecond.
 */
export class EventQueue {
  private readonly pages: (Scheduled | undefined)[] = [];
  /** No page before this one has anything. */
  private page = 0;
  private waiting = 0;

  get size(): number {
    return this.waiting;
  }

  push(atMs: number, happening: Happening): void {
    const page = Math.floor(atMs);
    while (this.pages.length <= page) this.pages.push(undefined);
    if (page < this.page) this.page = page;
    this.waiting++;
    const first = this.pages[page];
    if (first === undefined || atMs < first.atMs) {
      this.pages[page] = { atMs, happening, next: first };
      return;
    }
    let before = first;
    while (before.next !== undefined && before.next.atMs <= atMs) before = before.next;
    before.next = { atMs, happening, next: before.next };
  }

  /** Takes the first out, if it happens at `untilMs` at the latest. */
  take(untilMs: number): Scheduled | undefined {
    if (this.waiting === 0) return undefined;
    let first = this.pages[this.page];
    while (first === undefined) first = this.pages[++this.page];
    if (first.atMs > untilMs) return undefined;
    this.pages[this.page] = first.next;
    this.waiting--;
    return first;
  }
}
