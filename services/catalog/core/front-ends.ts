import { Generation } from "./generation.ts";
import { times } from "./limits.ts";
import { Standing } from "./standing.ts";
import type { Turn } from "./turn.ts";
import { beforeFirst, type FrontId, type Version } from "./types.ts";

/**
 * Which caches may still show an old value: the leases of the front-ends
 * (Gray and Cheriton, "Leases", 1989).
 */
export class FrontEnds {
  /** Every stream that is open, or whose lease may run. */
  private readonly generations = new Map<FrontId, Generation>();
  /** One for each address that was ever dialled: as many as FRONT_ADDRESSES has. */
  private readonly standings = new Map<string, Standing>();
  /**
   * Products that were asked for since they were last named to everyone: only of
   * these may a cache hold a value. The others may change without a word to
   * anyone (a directory, as in Censier and Feautrier, 1978, with one entry for all
   * caches together). A query under way does not matter: what is named after it
   * arrived here reaches its sender after it was sent, and so its answer is not kept.
   */
  private readonly asked = new Set<string>();
  /** Until then this process was held up: what came meanwhile lay unread. */
  private excusedUntilMs = Number.NEGATIVE_INFINITY;

  /** Leases that the catalog granted before it was started may run until `ghostUntilMs`. */
  constructor(
    private readonly ghostUntilMs: number,
    private readonly turn: Turn,
  ) {}

  open(front: FrontId, address: string): void {
    const standing = this.standings.get(address) ?? new Standing();
    this.standings.set(address, standing);
    this.generations.set(front, new Generation(front, address, standing));
  }

  acknowledge(nowMs: number, front: FrontId, sequence: number): void {
    const generation = this.generations.get(front);
    if (generation === undefined || !generation.connected) return;
    const wasLive = generation.isLive;
    const late = this.lateMs(nowMs, generation) > times.acknowledgeMs;
    if (!generation.acknowledge(sequence)) {
      this.turn.notice("error", "front-end-protocol", { address: generation.address, sequence });
      this.close(nowMs, generation);
      return;
    }
    if (!wasLive) this.turn.notice("info", "front-end-connected", { address: generation.address });
    // The first answer includes connecting, and holds up nothing.
    else if (late) this.blame(nowMs, generation);
  }

  gone(nowMs: number, front: FrontId): void {
    const generation = this.generations.get(front);
    if (generation?.connected) this.disconnect(nowMs, generation);
  }

  /** Somebody asks for this product, and may keep the answer. */
  onAsked(product: string): void {
    this.asked.add(product);
  }

  changed(products: readonly string[]): void {
    for (const product of products) {
      if (!this.asked.delete(product)) continue;
      for (const generation of this.generations.values()) {
        if (generation.connected) generation.pending.add(product);
      }
    }
  }

  /** No cache that may be used hides a change up to here. `version`: of the last change. */
  releasable(nowMs: number, version: Version): Version {
    if (nowMs < this.ghostUntilMs) return beforeFirst;
    let lowest = version;
    for (const generation of this.generations.values()) {
      const limit = generation.holdsUpAfter(nowMs, version);
      if (limit < lowest) lowest = limit;
    }
    return lowest;
  }

  /** Sends what is due. `version`: of the last change. */
  send(nowMs: number, version: Version): void {
    for (const generation of this.generations.values()) {
      for (let more = true; more; ) {
        const message = generation.next(nowMs, version);
        if (message !== undefined) this.turn.emit({ type: "invalidate", front: generation.front, message });
        more = message !== undefined && generation.pending.size > 0;
      }
    }
  }

  tick(nowMs: number): void {
    for (const generation of this.generations.values()) {
      if (generation.connected && this.lateMs(nowMs, generation) > times.frontSilenceMs) this.close(nowMs, generation);
      if (!generation.connected && !generation.leaseRuns(nowMs)) this.generations.delete(generation.front);
    }
  }

  /** This process was held up until now. Leases end as before, and none is granted to who has not acknowledged. */
  excuse(nowMs: number): void {
    this.excusedUntilMs = nowMs;
  }

  /** How long a message has been unacknowledged, as far as this process could have heard. */
  private lateMs(nowMs: number, generation: Generation): number {
    return Math.min(generation.waitingMs(nowMs), nowMs - this.excusedUntilMs);
  }

  private close(nowMs: number, generation: Generation): void {
    this.turn.emit({ type: "front-close", front: generation.front });
    this.disconnect(nowMs, generation);
  }

  private disconnect(nowMs: number, generation: Generation): void {
    generation.connected = false;
    generation.pending.clear();
    if (!generation.isLive) return;
    this.turn.notice("warn", "front-end-lost", { address: generation.address });
    if (this.lateMs(nowMs, generation) > times.acknowledgeMs) this.blame(nowMs, generation);
  }

  private blame(nowMs: number, generation: Generation): void {
    const pauseMs = generation.standing.blame(nowMs);
    if (pauseMs !== undefined) {
      this.turn.notice("warn", "front-end-slow", { address: generation.address, withoutLeaseMs: pauseMs });
    }
  }
}
