/** So many quick calls, and a disk is trusted. */
const trustMin = 32;
const trustMax = 65_536;
/** A slow call takes back so many quick ones for each time that it took what a quick one may take. */
const slowCosts = 2;

/**
 * Whether a disk is waited for in place. To hand a call to a thread and to hear of
 * its end takes as long as a quick disk takes for it; in place nothing else happens
 * meanwhile. So calls go to a thread until the disk has proved to be quick. Slow ones
 * use its credit up, the faster the longer they took; then calls go to a thread
 * again, and it takes twice as many quick ones to be trusted once more: a disk that
 * stumbles often is soon not trusted any more, and one that hangs is waited for in
 * place once.
 */
export class DiskTrust {
  private credit = 0;
  private price = trustMin;
  private trusted = false;

  constructor(
    /** A call that takes less is quick, in milliseconds. */
    private readonly quickMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isEarned(): boolean {
    return this.trusted;
  }

  /** Makes a call in place. */
  call<T>(act: () => T): T {
    const startMs = this.now();
    try {
      return act();
    } finally {
      this.note(this.now() - startMs);
    }
  }

  /** A call on a thread begins; the function returned is to be called when it has ended. */
  begin(): () => void {
    const startMs = this.now();
    return () => this.note(this.now() - startMs);
  }

  private note(ms: number): void {
    if (ms < this.quickMs) {
      this.credit = Math.min(this.credit + 1, this.price);
      if (this.credit === this.price) this.trusted = true;
      return;
    }
    this.credit -= (slowCosts * ms) / this.quickMs;
    if (this.credit > 0) return;
    this.credit = 0;
    if (this.trusted) this.price = Math.min(2 * this.price, trustMax);
    this.trusted = false;
  }
}
