import type { Limits } from "../../../services/order/core/limits.ts";
import type { Planted } from "../bugs/planted.ts";
import type { Dice } from "../kernel/dice.ts";
import type { Arrival } from "../kernel/sim-process.ts";
import type { Timeline } from "../kernel/timeline.ts";
import type { WorldLog } from "../kernel/world-log.ts";
import type { Network } from "../network/network.ts";

/** How the machines are at present. */
export interface Machines {
  /** How long a sync takes. */
  syncLowMs: number;
  syncHighMs: number;
  /** How long a turn of the event loop may take before its drain. */
  turnHighMs: number;
}

/** Everything that a node has around it. */
export interface Surroundings {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly log: WorldLog;
  readonly machines: Machines;
  readonly planted: Planted;
  readonly orderLimits: Limits;
  /** Beat of the drivers' tick, in local ms. */
  readonly tickMs: number;
  readonly dice: { readonly cores: Dice; readonly disk: Dice; readonly turns: Dice };
}

/** Something for a node that takes events: taken when it arrives. */
export class Taking<Event> implements Arrival {
  constructor(
    private readonly taker: { take(event: Event): void },
    private readonly event: Event,
  ) {}

  arrive(): void {
    this.taker.take(this.event);
  }
}

/** Calls a method of a node, again and again or once. */
export class Calling implements Arrival {
  constructor(private readonly call: () => void) {}

  arrive(): void {
    this.call();
  }
}
