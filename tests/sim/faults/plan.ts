import { Dice } from "../kernel/dice.ts";
import { type Fault, type FaultKind, faultKinds, type Plan } from "./kinds.ts";

/** Places of processes in the network: three replicas, the catalog, then the front-ends. */
export const catalogPlace = 3;
export const firstFrontPlace = 4;

const frontsMax = 2;
const placesMax = firstFrontPlace + frontsMax;
const driftMax = 0.05;

const durations = [3000, 6000, 12_000] as const;

/** Draws a plan: some have few kinds of faults, some have all. */
export function planOf(seed: number): Plan {
  const dice = Dice.of(seed, "plan");
  const kinds = drawKinds(dice);
  const faultsUntilMs = dice.pick(durations);
  const fronts = dice.int(1, frontsMax);
  return {
    seed,
    faultsUntilMs,
    clients: dice.int(2, 6),
    fronts,
    thinkHighMs: dice.pick([20, 100, 400]),
    quantityMax: dice.pick([1, 3]),
    products: drawProducts(dice),
    restockIntervalMs: dice.pick([700, 2000, 10_000]),
    restockQuantity: dice.int(3, 20),
    tickMs: dice.pick([10, 20, 30]),
    turnHighMs: dice.pick([0.1, 1, 5]),
    syncHighMs: dice.pick([0.3, 3, 30]),
    delayHighMs: dice.pick([0.3, 2, 20]),
    smallLimits: dice.chance(0.5),
    clocks: drawClocks(dice, kinds.includes("clock drift")),
    faults: drawFaults(dice, kinds, faultsUntilMs, firstFrontPlace + fronts),
  };
}

function drawKinds(dice: Dice): FaultKind[] {
  const share = dice.pick([0, 0.1, 0.3, 0.3, 0.6, 1]);
  return faultKinds.filter(() => dice.chance(share));
}

function drawProducts(dice: Dice): Plan["products"] {
  const names = ["Tux", "Whale", "Lego"].slice(0, dice.int(1, 3));
  return names.map((name) => ({ name, quantity: dice.pick([0, 2, 10, 100]) }));
}

function drawClocks(dice: Dice, drift: boolean): Plan["clocks"] {
  return Array.from({ length: placesMax }, () => {
    const rate = drift ? dice.pick([1 - driftMax, 1 + driftMax, 1, dice.between(1 - driftMax, 1 + driftMax)]) : 1;
    return { rate, offsetMs: dice.between(0, 1e7) };
  });
}

/** Faults come in crowds: several within a short time find more than the same number spread evenly. */
function drawFaults(dice: Dice, kinds: readonly FaultKind[], untilMs: number, places: number): Fault[] {
  if (kinds.length === 0) return [];
  const count = dice.int(1, Math.ceil(untilMs / dice.pick([300, 1000, 2000])));
  const crowds = Array.from({ length: dice.int(1, 4) }, () => dice.between(0, untilMs));
  const faults = Array.from({ length: count }, (): Fault => {
    const nearMs = dice.chance(0.5) ? dice.pick(crowds) + dice.between(0, 500) : dice.between(0, untilMs);
    return {
      kind: dice.pick(kinds),
      atMs: Math.min(nearMs, untilMs),
      forMs: dice.pick([dice.between(1, 50), dice.between(50, 600), dice.between(600, 3000)]),
      // Replicas are hurt most: they have most to lose.
      target: dice.chance(0.6) ? dice.int(0, catalogPlace - 1) : dice.int(0, places - 1),
      other: dice.int(0, places - 1),
      size: dice.float(),
    };
  });
  return faults.sort((one, next) => one.atMs - next.atMs);
}
