import type { OrderSide } from "../../../services/front-end/core/order-side.ts";
import type { ProductReads } from "../../../services/front-end/core/product-reads.ts";
import type { Core, Effect, Recovered } from "../../../services/order/core/types.ts";
import type { RestingFiles } from "../disk/replica-disk.ts";
import type { CatalogCore, CatalogNode } from "../nodes/catalog-node.ts";
import type { CallWaiter, FrontNode, ReadWaiter, SeenProduct } from "../nodes/front-node.ts";
import type { ReplicaNode } from "../nodes/replica-node.ts";

export type FrontOrders = OrderSide<CallWaiter>;
export type FrontReads = ProductReads<SeenProduct, ReadWaiter>;

/**
 * Where a bug may be planted: between the shipping code, which stays as it is,
 * and the world. What is not overridden here changes nothing.
 */
export class Planted {
  /** Changes what all instances of a class do; returns what undoes it. */
  install(): () => void {
    return () => undefined;
  }

  replicaCore(_node: ReplicaNode, core: Core): Core {
    return core;
  }

  /** The files that a starting replica sees. */
  files(_node: ReplicaNode, files: RestingFiles | undefined): RestingFiles | undefined {
    return files;
  }

  recovered(_node: ReplicaNode, recovered: Recovered | undefined): Recovered | undefined {
    return recovered;
  }

  saveVote(node: ReplicaNode, effect: Extract<Effect, { type: "save-vote" }>): void {
    node.saveVote(effect);
  }

  catalogCore(_node: CatalogNode, core: CatalogCore): CatalogCore {
    return core;
  }

  orderSide(_node: FrontNode, side: FrontOrders): FrontOrders {
    return side;
  }

  productReads(_node: FrontNode, reads: FrontReads): FrontReads {
    return reads;
  }
}

/** A core of events and effects, as replica and catalog are. */
interface EventCore<In, Out> {
  step(nowMs: number, event: In): void;
  drain(nowMs: number): Out[];
}

/** The same object, but for some methods; the others work on the original and its state. */
export function overriding<T extends object>(original: T, overrides: Partial<T>): T {
  return new Proxy(original, {
    get(target, name) {
      const override: unknown = Reflect.get(overrides, name);
      if (override !== undefined) return override;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

/** The same core, except that events and effects pass through the given functions. */
export function wrap<In, Out, C extends EventCore<In, Out>>(
  core: C,
  changes: {
    /** May step the core itself, with another event, or not at all. */
    readonly step?: (nowMs: number, event: In) => void;
    readonly drain?: (nowMs: number, effects: Out[]) => Out[];
  },
): C {
  const { step, drain } = changes;
  const overrides: Partial<EventCore<In, Out>> = {};
  if (step !== undefined) overrides.step = step;
  if (drain !== undefined) overrides.drain = (nowMs) => drain(nowMs, core.drain(nowMs));
  return overriding(core, overrides as Partial<C>);
}

/** A class as a bug sees it: its methods by name, private ones too. */
type Methods = Record<string, (this: never, ...rest: never[]) => unknown>;

/** Replaces a method of a class, or of an object, by one that may call the original; returns what undoes it. */
export function patch<This, Rest extends unknown[], Return>(
  holder: object,
  name: string,
  make: (original: (self: This, ...rest: Rest) => Return) => (self: This, ...rest: Rest) => Return,
): () => void {
  const methods = holder as Methods;
  const original = methods[name] as unknown as (this: This, ...rest: Rest) => Return;
  if (typeof original !== "function") throw new Error(`there is no method ${name} to plant a bug in`);
  const replacement = make((self, ...rest) => original.call(self, ...rest));
  methods[name] = function (this: This, ...rest: Rest): Return {
    return replacement(this, ...rest);
  } as unknown as Methods[string];
  return () => {
    methods[name] = original as unknown as Methods[string];
  };
}
