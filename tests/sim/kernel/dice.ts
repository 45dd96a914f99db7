import { type Random, randomBetween, randomInt, seededRandom } from "../../../services/lib/random.ts";

/** What randomness is drawn for. Each concern has its own source, so that one more draw here moves nothing there. */
export type Concern = "plan" | "cores" | "network" | "disk" | "clients" | "clocks" | "turns";

const concerns: readonly Concern[] = ["plan", "cores", "network", "disk", "clients", "clocks", "turns"];

/** A seeded source with the draws that a world needs. */
export class Dice implements Random {
  private readonly random: Random;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  static of(seed: number, concern: Concern): Dice {
    // Any injective mixing will do: sfc32 decorrelates neighbouring seeds itself.
    return new Dice(seed * concerns.length + concerns.indexOf(concern) + 1);
  }

  float(): number {
    return this.random.float();
  }

  chance(probability: number): boolean {
    return probability > 0 && this.random.float() < probability;
  }

  /** Uniform integer in [low, high]. */
  int(low: number, high: number): number {
    return low + randomInt(this.random, high - low + 1);
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return randomBetween(this.random, low, high);
  }

  /** Mostly near `low`, at times up to `high`: what delays look like. */
  skewed(low: number, high: number): number {
    const u = this.random.float();
    return low + (high - low) * u * u * u;
  }

  pick<T>(items: readonly T[]): T {
    return items[randomInt(this.random, items.length)] as T;
  }
}
