/**
 * When the iterations of an open loop start: a constant rate, shared out to
 * workers in turn. Times are milliseconds from the beginning of the load.
 */
export class Arrivals {
  private index = 0;

  constructor(
    private readonly perSecond: number,
    private readonly endMs: number,
    private readonly worker: { readonly index: number; readonly of: number },
  ) {}

  /** When the next iteration starts; undefined: there are no more. */
  peek(): number | undefined {
    const atMs = ((this.index * this.worker.of + this.worker.index) * 1000) / this.perSecond;
    return atMs < this.endMs ? atMs : undefined;
  }

  advance(): void {
    this.index++;
  }
}
