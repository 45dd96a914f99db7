/** Kinds of faults; each can be switched off by itself. */
export const faultKinds = [
  "loss",
  "delay",
  "reordering",
  "duplication",
  "replay",
  "one-way cut",
  "two-way cut",
  "cut from peers",
  "usurper",
  "front-end out of sight",
  "broken connections",
  "kill",
  "power loss",
  "power loss of all",
  "pause",
  "clock drift",
  "slow disk",
  "failing disk",
  "damaged log",
  "shortened log",
  "wiped replica",
  "hand-over",
  "stray nominations",
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** Whom a fault hits: a process by its place, or by what it is at that moment. */
export type Role = "place" | "leader" | "follower" | "front-end" | "catalog";

/** A fault of a plan. `target`, `other` and `size` mean what the kind makes of them. */
export interface Fault {
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly forMs: number;
  readonly role: Role;
  /** A place; of several with the role, which. */
  readonly target: number;
  readonly other: number;
  /** 0 to 1: how bad it is. */
  readonly size: number;
}

/** Everything about a run that its seed decides beforehand. */
export interface Plan {
  readonly seed: number;
  /** Faults, and clients' requests, end here. */
  readonly faultsUntilMs: number;
  readonly clients: number;
  readonly fronts: number;
  readonly thinkHighMs: number;
  readonly quantityMax: number;
  readonly products: readonly { readonly name: string; readonly quantity: number }[];
  readonly restockIntervalMs: number;
  readonly restockQuantity: number;
  readonly tickMs: number;
  readonly turnHighMs: number;
  readonly syncHighMs: number;
  readonly delayHighMs: number;
  /** Limits of the order core are small, so that they are reached. */
  readonly smallLimits: boolean;
  /** Local ms per true ms, and what the clock shows at the beginning, for each place. */
  readonly clocks: readonly { readonly rate: number; readonly offsetMs: number }[];
  readonly faults: readonly Fault[];
}
