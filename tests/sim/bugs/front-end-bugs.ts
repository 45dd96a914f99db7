import { Elector } from "../../../services/front-end/core/elector.ts";
import { Lease } from "../../../services/front-end/core/lease.ts";
import { productLimits } from "../../../services/front-end/core/limits.ts";
import type { OrderEffect } from "../../../services/front-end/core/order-events.ts";
import type { Invalidation } from "../../../services/front-end/core/product-events.ts";
import { ProductReads } from "../../../services/front-end/core/product-reads.ts";
import type { StreamId } from "../../../services/front-end/core/types.ts";
import type { CallWaiter, FrontNode } from "../nodes/front-node.ts";
import { type FrontOrders, type FrontReads, overriding, Planted, patch } from "./planted.ts";

/** A reply that left the catalog before an invalidation came fills the cache after it. */
export class FilledByOlderReply extends Planted {
  override install(): () => void {
    return patch(
      ProductReads.prototype,
      "invalidate",
      (original: (self: FrontReads, nowMs: number, message: Invalidation) => void) => (self, nowMs, message) => {
        const fillable = [...self["flights"].values()].filter((flight) => flight.fillable);
        original(self, nowMs, message);
        for (const flight of fillable) flight.fillable = true;
      },
    );
  }
}

/** A lease is counted from when its grant arrives. */
export class LeaseCountedFromReceipt extends Planted {
  override install(): () => void {
    return patch(
      ProductReads.prototype,
      "invalidate",
      (original: (self: FrontReads, nowMs: number, message: Invalidation) => void) => (self, nowMs, message) => {
        original(self, nowMs, message);
        if (message.lease) self["lease"]["untilMs"] = nowMs + productLimits.leaseMs;
      },
    );
  }
}

/** The time of a lease is that of the last tick, however long ago it was. */
export class LeaseKeptInTicks extends Planted {
  override productReads(_node: FrontNode, reads: FrontReads): FrontReads {
    let tickedAtMs = 0;
    return overriding(reads, {
      step: (nowMs, event) => {
        if (event.type === "tick") tickedAtMs = nowMs;
        reads.step(nowMs, event);
      },
      cached: (_nowMs, product) => reads.cached(tickedAtMs, product),
    });
  }
}

/** Cached values are shown without a lease. */
export class NoLeaseNeeded extends Planted {
  override install(): () => void {
    return patch(Lease.prototype, "isValid", () => () => true);
  }
}

/** A new stream of invalidations does not empty the cache. */
export class CacheOutlivesGeneration extends Planted {
  override install(): () => void {
    return patch(
      ProductReads.prototype,
      "openGeneration",
      (original: (self: FrontReads, nowMs: number, stream: StreamId) => void) => (self, nowMs, stream) => {
        const cache = self["cache"];
        const undo = patch(cache, "clear", () => () => undefined);
        original(self, nowMs, stream);
        undo();
      },
    );
  }
}

/** A call that is sent again is sent as a new purchase. */
export class ResentWithNewKey extends Planted {
  override orderSide(_node: FrontNode, side: FrontOrders): FrontOrders {
    const sent = new Set<number>();
    return changedEffects(side, (effect) => {
      if (effect.type !== "send-calls") return effect;
      const calls = effect.calls.map((item) => {
        const again = sent.has(item.id);
        sent.add(item.id);
        return again && item.call.type === "buy" ? { ...item, call: { ...item.call, key: `${item.call.key}+` } } : item;
      });
      return { ...effect, calls };
    });
  }
}

/** What may have happened is called certainly not executed. */
export class UnknownCalledRefused extends Planted {
  override orderSide(_node: FrontNode, side: FrontOrders): FrontOrders {
    return changedEffects(side, (effect) => {
      if (effect.type !== "finish-call" || effect.outcome.code !== "unknown-outcome") return effect;
      return { ...effect, outcome: { ...effect.outcome, code: "not-executed" } };
    });
  }
}

function changedEffects(
  side: FrontOrders,
  change: (effect: OrderEffect<CallWaiter>) => OrderEffect<CallWaiter>,
): FrontOrders {
  return overriding(side, { drain: (nowMs) => side.drain(nowMs).map(change) });
}

/** A nominee that brought no leader is nominated again and again, if its log is the most advanced. */
export class NominatesInVain extends Planted {
  override install(): () => void {
    return patch(
      Elector.prototype,
      "findNominee",
      (original: (self: Elector, ...rest: unknown[]) => unknown) =>
        (self, ...rest: unknown[]) => {
          self["unsuccessful"].clear();
          return original(self, ...rest);
        },
    );
  }
}
