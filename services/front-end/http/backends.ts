import type { OrderStatus } from "../core/order-side.ts";
import type { Call, Outcome, ReadOutcome } from "../core/types.ts";

// What the handlers need of the rest of the front-end.

/** The order replicas. */
export interface Orders {
  /** The store's id; undefined until a replica has told it. */
  readonly storeId: string | undefined;
  /** A purchase with this key would be refused now, certainly not executed: too many are under way. */
  refuses(key: string): boolean;
  /** Resolves within the call's time, whatever happens. */
  call(call: Call): Promise<Outcome>;
  status(): OrderStatus;
}

/** The catalog and its cache. */
export interface Products<Value> {
  /** The value to show at this very moment; undefined: ask with `read`. */
  cached(product: string): Value | undefined;
  /** Resolves within the read's time, whatever happens. */
  read(product: string): Promise<ReadOutcome<Value>>;
  status(): { readonly catalogUp: boolean; readonly leased: boolean };
}
