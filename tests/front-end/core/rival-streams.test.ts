import { describe, expect, test } from "bun:test";
import { ProductWorld } from "./product-world.ts";

describe("streams that take each other's place", () => {
  const told = (world: ProductWorld): number =>
    world.effects.filter((effect) => effect.type === "notice" && effect.message.includes("FRONT_ADDRESSES")).length;

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
