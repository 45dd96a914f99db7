import type { ProductLimits } from "./limits.ts";
import type { Notice } from "./types.ts";

/** What the operator is told of the lease and of the streams that it comes on. */
export class LeaseNotices {
  private leased = false;
  private toldAtMs = Number.NEGATIVE_INFINITY;
  /** Since when the catalog is there, and no lease ever was; undefined: not so. */
  private missedSinceMs: number | undefined;
  /** There was a lease, or the operator knows that there is none. */
  private isFirstSettled = false;
  private supersededAtMs = Number.NEGATIVE_INFINITY;
  private rivalsToldAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly limits: Pick<ProductLimits, "leaseNoticeMs" | "supersededNoticeMs">) {}

  /** Time has passed. */
  tick(nowMs: number, leased: boolean, catalogUp: boolean): Notice | undefined {
    if (leased) this.isFirstSettled = true;
    else if (this.isMissed(nowMs, catalogUp)) {
      this.isFirstSettled = true;
      return notice("warn", "no cache: the catalog opens no stream; do its FRONT_ADDRESSES name this front-end?");
    }
    if (leased === this.leased || nowMs - this.toldAtMs < this.limits.leaseNoticeMs) return undefined;
    this.leased = leased;
    this.toldAtMs = nowMs;
    return notice("info", leased ? "cache lease gained" : "cache lease lost");
  }

  /**
   * A stream has taken a live one's place. A catalog that was started anew does this
   * once; one that has this front-end in its list twice, without end.
   */
  superseded(nowMs: number): Notice | undefined {
    const { supersededNoticeMs } = this.limits;
    const isAgain = nowMs - this.supersededAtMs < supersededNoticeMs;
    this.supersededAtMs = nowMs;
    if (!isAgain || nowMs - this.rivalsToldAtMs < supersededNoticeMs) return undefined;
    this.rivalsToldAtMs = nowMs;
    return notice("warn", "catalog streams take each other's place: do FRONT_ADDRESSES name this front-end twice?");
  }

  private isMissed(nowMs: number, catalogUp: boolean): boolean {
    if (!catalogUp) this.missedSinceMs = undefined;
    else this.missedSinceMs ??= nowMs;
    if (this.isFirstSettled || this.missedSinceMs === undefined) return false;
    return nowMs - this.missedSinceMs >= this.limits.leaseNoticeMs;
  }
}

function notice(level: Notice["level"], message: string): Notice {
  return { type: "notice", level, message, details: {} };
}
