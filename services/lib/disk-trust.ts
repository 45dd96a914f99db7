/** So many quick calls in a row, and a disk is trusted. */
const trustMin = 32;
const trustMax = 65_536;

/**
 * Whether a disk is waited for in place. To hand a call to a thread and to hear of
 * its end takes as long as a quick disk takes for it; in place nothing else happens
 * meanwhile. So calls go to a thread until the disk has proved to be quick. A call in
 * place that was not quick sends the next to the thread again, and each time twice
 * as many quick ones have to follow: a disk that stumbles now and then is soon not
 * trusted any more, and one that hangs is waited for in place once.
 */
export class DiskTrust {
  private quickInARow = 0;
  private trustAfter = trustMin;

  constructor(
    /** A call that takes less is quick, in milliseconds. */
    private readonly quickMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isEarned(): boolean {
    return this.quickInARow >= this.trustAfter;
  }

  /** Makes a call in place. */
  call<T>(act: () => T): T {
    const startMs = this.now();
    try {
      return act();
    } finally {
      if (this.now() - startMs >= this.quickMs) {
        this.quickInARow = 0;
        this.trustAfter = Math.min(2 * this.trustAfter, trustMax);
      }
    }
  }

  /** A call on a thread begins; the function returned is to be called when it has ended. */
  begin(): () => void {
    const startMs = this.now();
    return () => {
      this.quickInARow = this.now() - startMs < this.quickMs ? this.quickInARow + 1 : 0;
    };
  }
}
