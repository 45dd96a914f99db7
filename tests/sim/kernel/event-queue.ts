/** Something that happens at a moment of simulated time. */
export interface Happening {
  fire(): void;
}

/**
 * What is still to happen, earliest first; of one moment, in the order scheduled.
 * A binary heap over flat arrays: a run pushes and pops some million times.
 */
export class EventQueue {
  private readonly times: number[] = [];
  private readonly order: number[] = [];
  private readonly happenings: Happening[] = [];
  private scheduled = 0;

  get size(): number {
    return this.times.length;
  }

  /** When the first happens; Infinity if nothing will. */
  get nextAtMs(): number {
    return this.times[0] ?? Infinity;
  }

  push(atMs: number, happening: Happening): void {
    const order = ++this.scheduled;
    let hole = this.times.length;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if ((this.times[parent] as number) <= atMs) break;
      this.move(parent, hole);
      hole = parent;
    }
    this.put(hole, atMs, order, happening);
  }

  /** Takes the first out. */
  pop(): Happening | undefined {
    const first = this.happenings[0];
    const atMs = this.times.pop();
    const order = this.order.pop();
    const last = this.happenings.pop();
    if (atMs === undefined || order === undefined || last === undefined) return undefined;
    if (this.times.length > 0) this.sink(atMs, order, last);
    return first;
  }

  /** Finds the place for an element, from the top. */
  private sink(atMs: number, order: number, happening: Happening): void {
    const { length } = this.times;
    let hole = 0;
    for (let child = 1; child < length; child = 2 * hole + 1) {
      if (child + 1 < length && this.isBefore(child + 1, this.times[child] as number, this.order[child] as number)) {
        child++;
      }
      if (!this.isBefore(child, atMs, order)) break;
      this.move(child, hole);
      hole = child;
    }
    this.put(hole, atMs, order, happening);
  }

  private isBefore(at: number, atMs: number, order: number): boolean {
    const time = this.times[at] as number;
    return time < atMs || (time === atMs && (this.order[at] as number) < order);
  }

  private move(from: number, to: number): void {
    this.put(to, this.times[from] as number, this.order[from] as number, this.happenings[from] as Happening);
  }

  private put(at: number, atMs: number, order: number, happening: Happening): void {
    this.times[at] = atMs;
    this.order[at] = order;
    this.happenings[at] = happening;
  }
}
