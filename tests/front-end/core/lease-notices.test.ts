import { describe, expect, test } from "bun:test";
import { ProductWorld } from "./product-world.ts";

/** How often the operator was asked to look at FRONT_ADDRESSES. */
const told = (world: ProductWorld): number =>
  world.effects.filter((effect) => effect.type === "notice" && effect.message.includes("FRONT_ADDRESSES")).length;

/** Time passes, and the catalog answers. */
function live(world: ProductWorld, ms: number): void {
  for (let passed = 0; passed < ms; passed += 100) world.pass(100).signOfLife();
}

describe("a catalog that answers and opens no stream", () => {
  test("is told of once: its list does not name this front-end", () => {
    const world = new ProductWorld().signOfLife();
    live(world, 4900);
    expect(told(world)).toBe(0);
    live(world, 20_000);
    expect(told(world)).toBe(1);
  });

  test("is not blamed while it is down, or for a lease that was there once", () => {
    expect(told(new ProductWorld().pass(20_000))).toBe(0);
    const world = new ProductWorld().withLease();
    live(world, 20_000);
    expect(told(world)).toBe(0);
  });
});

describe("streams that take each other's place", () => {
  test("are told of when it happens again, and not over and over", () => {
    const world = new ProductWorld().withLease();
    world.withLease();
    expect(told(world)).toBe(0);
    for (let n = 0; n < 10; n++) world.pass(20).withLease();
    expect(told(world)).toBe(1);
  });

  test("are nothing to tell of once in a while, as when a catalog is started anew", () => {
    const world = new ProductWorld().withLease();
    for (let n = 0; n < 3; n++) world.pass(6000).withLease();
    expect(told(world)).toBe(0);
  });
});
