import { Dice } from "../kernel/dice.ts";
import { type Fault, type FaultKind, faultKinds, type Plan, type Role } from "./kinds.ts";

/** Places of processes in the network: three replicas, the catalog, then the front-ends. */
export const catalogPlace = 3;
export const firstFrontPlace = 4;

const frontsMax = 2;
const placesMax = firstFrontPlace + frontsMax;
const driftMax = 0.05;

const durations = [5000, 10_000, 30_000] as const;

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
    thinkHighMs: dice.pick([40, 40, 400, 2000]),
    quantityMax: dice.pick([1, 3]),
    products: drawProducts(dice),
    restockIntervalMs: dice.pick([700, 2000, 10_000]),
    restockQuantity: dice.int(3, 20),
    tickMs: dice.pick([10, 50, 50]),
    turnHighMs: dice.pick([0.1, 1, 5]),
    syncHighMs: dice.pick([0.3, 3, 30]),
    delayHighMs: dice.pick([0.3, 2, 20]),
    smallLimits: dice.chance(0.5),
    clocks: drawClocks(dice, kinds.includes("clock drift")),
    faults: drawFaults(dice, kinds, faultsUntilMs, firstFrontPlace + fronts),
  };
}

/** Two leaders at once show what is wrong with fencing and confirmations, and only by themselves. */
const fewOf: readonly FaultKind[] = [...faultKinds, "usurper", "usurper", "usurper"];

/** None, one to three, a part, or all. */
function drawKinds(dice: Dice): FaultKind[] {
  const share = dice.pick([0, "few", "few", "few", 0.3, 0.6, 1] as const);
  if (share === "few") return Array.from({ length: dice.int(1, 3) }, () => dice.pick(fewOf));
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
  const faults: Fault[] = [];
  if (kinds.length === 0) return faults;
  const everyMs = dice.pick([200, 600, 2000]);
  for (let atMs = dice.between(0, 2000); atMs < untilMs; atMs += dice.between(0, 2 * everyMs)) {
    const crowd = dice.chance(0.5) ? 1 : dice.int(2, 5);
    const withinMs = dice.pick([2, 50, 500]);
    for (let nth = 0; nth < crowd; nth++) {
      const fault = drawFault(dice, kinds, atMs + dice.between(0, withinMs), places);
      faults.push(fault);
      atMs = Math.max(atMs, fault.atMs);
    }
  }
  return faults.filter((fault) => fault.atMs < untilMs).sort((one, next) => one.atMs - next.atMs);
}

const roles: readonly Role[] = ["place", "leader", "leader", "follower", "front-end", "catalog"];

/** Where a kind hurts most. */
function drawRole(dice: Dice, kind: FaultKind): Role {
  if (kind === "usurper") return "leader";
  return kind === "pause" && dice.chance(0.4) ? "front-end" : dice.pick(roles);
}

function drawFault(dice: Dice, kinds: readonly FaultKind[], atMs: number, places: number): Fault {
  const kind = dice.pick(kinds);
  return {
    kind,
    atMs,
    forMs: dice.pick([dice.between(1, 50), dice.between(50, 600), dice.between(600, 2000), dice.between(2000, 6000)]),
    role: drawRole(dice, kind),
    target: dice.int(0, places - 1),
    // The link to the catalog matters to everybody.
    other: dice.chance(0.3) ? catalogPlace : dice.int(0, places - 1),
    size: dice.float(),
  };
}
