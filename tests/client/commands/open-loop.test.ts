import { describe, expect, test } from "bun:test";
import { startFakeStore } from "../fake-store.ts";
import { shop } from "./shop.ts";

describe("an open loop", () => {
  test("begins so many iterations a second, and shows a stall in full", async () => {
    let stalled = false;
    const interrupt = (request: Request) => {
      if (stalled || !request.url.includes("/products/")) return undefined;
      stalled = true;
      return delayed(600);
    };
    await using store = startFakeStore({ lies: { interrupt } });
    const report = await shop(store, "--run-type query --rate 100 --duration 1s --connections 1", {
      pause: (ms) => Bun.sleep(ms),
    });
    expect(report.requests.query.answered).toBe(100);
    expect(report.generator.iterations).toBe(100);
    // One of 100 requests was slow; the sixty that were due meanwhile waited for it, and say so.
    expect(report.requests.query.latency.max).toBeGreaterThan(590);
    expect(report.requests.query.latency.p50).toBeGreaterThan(50);
    expect(report.generator.waited).toBeGreaterThan(40);
    expect(report.generator.warnings.join()).toContain("waited for a free connection");
  });

  test("drops what cannot begin in time, and says so loudly", async () => {
    await using store = startFakeStore({
      lies: { interrupt: (request) => (isLook(request) ? delayed(400) : undefined) },
    });
    const words = "--run-type query --rate 100 --duration 500ms --connections 1 --timeout 200ms --retry 0";
    const report = await shop(store, `${words} --threshold errors<1000`, { pause: (ms) => Bun.sleep(ms) });
    expect(report.generator.dropped).toBeGreaterThan(0);
    expect(report.generator.warnings.join()).toContain("DROPPED");
  });

  test("leaves the warm-up out", async () => {
    await using store = startFakeStore();
    const words = "--run-type query --rate 200 --duration 300ms --warmup 300ms";
    const report = await shop(store, words, { pause: (ms) => Bun.sleep(ms) });
    expect(report.requests.query.answered).toBe(60);
  });
});

function isLook(request: Request): boolean {
  return request.url.includes("/products/");
}

function delayed(ms: number): Response {
  const reply = Response.json({ data: { name: "Tux", price: 1, quantity: 1 } });
  return Bun.sleep(ms).then(() => reply) as unknown as Response;
}
