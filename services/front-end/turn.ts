/**
 * Gathers what happens in one turn of the event loop: however often `schedule`
 * is called, `run` follows once, after the I/O that is ready now. That is what
 * makes batches under load; alone, an event waits no longer than its turn.
 */
export class Turn {
  private scheduled = false;

  /** `defer` is setImmediate but in tests. */
  constructor(
    private readonly run: () => void,
    private readonly defer: (callback: () => void) => void,
  ) {}

  schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.defer(this.begin);
  }

  private readonly begin = (): void => {
    this.scheduled = false;
    this.run();
  };
}
