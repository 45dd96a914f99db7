import type { ProductLimits } from "./limits.ts";
import { type Notice, noStream, type StreamId } from "./types.ts";

/** What the link wants done with its Queries stream. */
export type LinkAction =
  | { readonly type: "open"; readonly stream: StreamId }
  | { readonly type: "lost"; readonly stream: StreamId }
  | { readonly type: "probe"; readonly stream: StreamId }
  | Notice;

/**
 * Keeps one Queries stream to the catalog open and decides whether the catalog
 * is up. A stream has no heartbeats of its own, so a quiet one is probed with a
 * query that is answered at once; silence then means that the peer is gone,
 * also where the network says nothing.
 */
export class CatalogLink {
  /** The open stream; none while closed. */
  stream: StreamId = noStream;
  private up = false;
  private streams = 0;
  private heardAtMs = 0;
  /** Defined while a probe is unanswered. */
  private probedAtMs: number | undefined;
  private retryAtMs = Number.NEGATIVE_INFINITY;
  /** Since when no stream has been up; undefined while one is, and before the first attempt failed. */
  private downSinceMs: number | undefined;
  private lastTickMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly limits: ProductLimits) {}

  /** Something has been heard on the open stream. */
  get isUp(): boolean {
    return this.up;
  }

  /** Down for so long that waiting for it is no use. */
  isDown(nowMs: number): boolean {
    return this.downSinceMs !== undefined && nowMs - this.downSinceMs >= this.limits.downAfterMs;
  }

  tick(nowMs: number): LinkAction[] {
    this.forgivePause(nowMs);
    if (this.stream === noStream) return nowMs >= this.retryAtMs ? this.open(nowMs) : [];
    if (this.probedAtMs === undefined) {
      return nowMs - this.heardAtMs >= this.limits.probeAfterMs ? [this.probe(nowMs)] : [];
    }
    return nowMs - this.probedAtMs >= this.limits.probeTimeoutMs ? this.lost(nowMs, this.stream) : [];
  }

  /** Replies came. Nothing to do if they came on an older stream; see `stream`. */
  heard(nowMs: number): LinkAction[] {
    this.heardAtMs = nowMs;
    this.probedAtMs = undefined;
    if (this.up) return [];
    this.up = true;
    this.downSinceMs = undefined;
    return [{ type: "notice", level: "info", message: "catalog connected", details: {} }];
  }

  lost(nowMs: number, stream: StreamId): LinkAction[] {
    if (stream !== this.stream) return [];
    const actions: LinkAction[] = [{ type: "lost", stream }];
    if (this.up || this.downSinceMs === undefined) {
      actions.push({ type: "notice", level: "warn", message: "catalog unreachable", details: {} });
    }
    this.stream = noStream;
    this.up = false;
    this.downSinceMs ??= nowMs;
    this.retryAtMs = nowMs + this.limits.reconnectMs;
    return actions;
  }

  private open(nowMs: number): LinkAction[] {
    this.streams += 1;
    this.stream = this.streams as StreamId;
    this.heardAtMs = nowMs;
    return [{ type: "open", stream: this.stream }, this.probe(nowMs)];
  }

  private probe(nowMs: number): LinkAction {
    this.probedAtMs = nowMs;
    return { type: "probe", stream: this.stream };
  }

  /** After a pause of this process the catalog gets its full time to be heard. */
  private forgivePause(nowMs: number): void {
    if (nowMs - this.lastTickMs > this.limits.ownPauseMs) {
      this.heardAtMs = nowMs;
      if (this.probedAtMs !== undefined) this.probedAtMs = nowMs;
    }
    this.lastTickMs = nowMs;
  }
}
