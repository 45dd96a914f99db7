import { Checkpoints } from "../../../services/catalog/core/checkpoints.ts";
import { FrontEnds } from "../../../services/catalog/core/front-ends.ts";
import { times } from "../../../services/catalog/core/limits.ts";
import type { MutableProduct } from "../../../services/catalog/core/product.ts";
import { Queries } from "../../../services/catalog/core/queries.ts";
import { Reservations } from "../../../services/catalog/core/reservations.ts";
import { Showing } from "../../../services/catalog/core/showing.ts";
import type { Effect, Event, Position, SessionId, Version } from "../../../services/catalog/core/types.ts";
import type { CatalogCore, CatalogNode } from "../nodes/catalog-node.ts";
import { overriding, Planted, patch, wrap } from "./planted.ts";

/** The catalog takes whoever comes last for the leader. */
export class NoFencing extends Planted {
  override catalogCore(node: CatalogNode, core: CatalogCore): CatalogCore {
    return wrap(core, {
      step: (nowMs, event: Event) => {
        if (event.type !== "session-open") core.step(nowMs, event);
        // Higher than any before it, across restarts too.
        else
          core.step(nowMs, {
            ...event,
            fence: { term: Math.floor(node.timeline.nowMs * 1000), session: event.session },
          });
      },
    });
  }
}

/** What comes late on the stream of an older session is taken like work of the current one. */
export class LateReserveAccepted extends Planted {
  override catalogCore(_node: CatalogNode, core: CatalogCore): CatalogCore {
    let current: SessionId | undefined;
    return wrap(core, {
      step: (nowMs, event: Event) => {
        const late = event.type === "session-work" && current !== undefined;
        core.step(nowMs, late ? { ...event, session: current as SessionId } : event);
      },
      drain: (_nowMs, effects: Effect[]) => {
        for (const effect of effects) if (effect.type === "session-opened") current = effect.session;
        return effects;
      },
    });
  }
}

/** The catalog takes for durable what it has only written: new stock is sold, and a crash takes it back. */
export class SellsBeforeSync extends Planted {
  override catalogCore(_node: CatalogNode, core: CatalogCore): CatalogCore {
    return wrap(core, {
      drain: (nowMs, effects: Effect[]) => {
        const all = [...effects];
        for (const effect of effects) {
          const last = effect.type === "append" ? effect.changes.at(-1) : undefined;
          if (last === undefined) continue;
          core.step(nowMs, { type: "durable", position: last.position });
          all.push(...core.drain(nowMs));
        }
        return all;
      },
    });
  }
}

/** A catalog that has just started does not wait for leases that it granted before. */
export class ForgetsLeasesAtRestart extends Planted {
  override catalogCore(_node: CatalogNode, core: CatalogCore): CatalogCore {
    return overriding(core, {
      step: (nowMs, event) => core.step(nowMs + times.leaseMs, event),
      drain: (nowMs) => core.drain(nowMs + times.leaseMs),
    });
  }
}

/** Changes are answered without waiting for caches. */
export class NoInvalidationWait extends Planted {
  override install(): () => void {
    return patch(
      FrontEnds.prototype,
      "releasable",
      () => (_self: FrontEnds, _nowMs: number, visible: Version) => visible,
    );
  }
}

/** The catalog forgets a lease when the stream that it was granted on ends. */
export class LeaseEndsWithStream extends Planted {
  override install(): () => void {
    return patch(
      FrontEnds.prototype,
      "releasable",
      (
        original: FrontEnds["releasable"] extends (...rest: infer R) => infer T
          ? (self: FrontEnds, ...rest: R) => T
          : never,
      ) =>
        (self, nowMs, visible) => {
          const generations = self["generations"];
          for (const [front, generation] of generations) if (!generation.connected) generations.delete(front);
          return original(self, nowMs, visible);
        },
    );
  }
}

/** The catalog does not notice who asks, and so tells nobody of changes. */
export class ForgetsWhoAsked extends Planted {
  override install(): () => void {
    return patch(FrontEnds.prototype, "onAsked", () => () => undefined);
  }
}

/** catalog.csv shows a checkpoint before the log that holds it is synced. */
export class ShownBeforeLogged extends Planted {
  override install(): () => void {
    return patch(
      Checkpoints.prototype,
      "advance",
      (original: (self: Checkpoints, nowMs: number, durable: Position, hurry: boolean) => void) =>
        (self, nowMs, _durable, hurry) =>
          original(self, nowMs, Number.MAX_SAFE_INTEGER as Position, hurry),
    );
  }
}

/** A start compares catalog.csv with the last checkpoint, though it may still hold the one before. */
export class CheckpointBeforeForgotten extends Planted {
  override install(): () => void {
    return patch(
      Showing.prototype,
      "quantityIn",
      () => (_self: Showing, _based: number, product: MutableProduct) => product.shown,
    );
  }
}

/** A catalog that has just started shows what its own log says, without the orders that a leader has still to tell. */
export class ReadsBeforeReplay extends Planted {
  override install(): () => void {
    return patch(Queries.prototype, "ask", (original: (self: Queries, ...rest: Parameters<Queries["ask"]>) => void) => {
      return (self, caller, queries, _isStockKnown, released) => original(self, caller, queries, true, released);
    });
  }
}

/** What an earlier session had reserved, and the present leader knows nothing of, stays reserved. */
export class OthersNotGivenBack extends Planted {
  override install(): () => void {
    return patch(Reservations.prototype, "giveBackOthers", () => () => undefined);
  }
}
