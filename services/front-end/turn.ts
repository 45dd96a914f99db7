/**
 * Gathers what happens in one turn of the event loop: however often `schedule`
 * is called, `run` follows once, after the I/O that is ready now. That is what
 * makes batches under load; alone, an event waits no longer than its turn.
 *
 * What is only a part of a burst may wait for the rest of it (`gather`).
 */
export class Turn {
  private scheduled = false;
  /** Something was scheduled that does not wait for more. */
  private due = false;
  /** This turn has brought a part of a burst. */
  private grows = false;
  private turnsWaited = 0;

  /**
   * `defer` is setImmediate but in tests. What gathers waits for so many turns of
   * the event loop at most.
   */
  constructor(
    private readonly run: () => void,
    private readonly defer: (callback: () => void) => void,
    private readonly turnsMax = 0,
  ) {}

  schedule(): void {
    this.due = true;
    this.begin();
  }

  /**
   * As `schedule`, but as long as each turn brings more, they go together. Clients
   * that were answered together come back together, and take longer to send than
   * we to look: without this the first few of them would go alone, and the others
   * wait for these.
   */
  gather(): void {
    this.grows = true;
    this.begin();
  }

  private begin(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.defer(this.end);
  }

  private readonly end = (): void => {
    this.scheduled = false;
    if (!this.due && this.grows && this.turnsWaited < this.turnsMax) {
      this.grows = false;
      this.turnsWaited++;
      this.begin();
      return;
    }
    this.due = this.grows = false;
    this.turnsWaited = 0;
    this.run();
  };
}
