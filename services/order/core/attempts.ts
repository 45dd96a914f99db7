import type { Origin, Term } from "./types.ts";

/**
 * Keeps out purchases that their front-end has given up: those meant for the
 * leader of another term, and those of an attempt before the newest that was
 * seen of the same front-end. Without it a purchase that was stuck in a buffer
 * could happen after its repetition was refused, and the refusal be a lie.
 */
export class Attempts {
  private readonly newest = new Map<number, number>();

  constructor(
    private readonly term: Term,
    private readonly frontEndsMax: number,
  ) {}

  /** A purchase without an origin is admitted: nobody repeats it on its own. */
  admit(origin: Origin | undefined): boolean {
    if (origin === undefined) return true;
    if (origin.term !== this.term) return false;
    const { frontEnd, attempt } = origin;
    const newest = this.newest.get(frontEnd);
    if (newest === attempt) return true;
    if (newest !== undefined && attempt < newest) return false;
    this.newest.delete(frontEnd);
    this.newest.set(frontEnd, attempt);
    this.forgetOldest();
    return true;
  }

  /** Those whose attempt changed longest ago: most likely gone. */
  private forgetOldest(): void {
    if (this.newest.size <= this.frontEndsMax) return;
    for (const frontEnd of this.newest.keys()) {
      this.newest.delete(frontEnd);
      return;
    }
  }
}
