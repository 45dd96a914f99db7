import { expect, test } from "bun:test";
import { halvesOf, slopeOf, steadySlopeOf, windowsOf } from "../resources.ts";
import { Ring } from "./ring.ts";
import { purchaseOf, sendCrowd } from "./send-crowd.ts";
import { SpanCounter } from "./span.ts";

function replyWith(head: string): Buffer {
  return Buffer.from(`HTTP/1.1 ${head}\r\nContent-Length: 0\r\n\r\n`);
}

test("a crowd's arrivals do not wait for replies, and every one is counted once", async () => {
  let requests = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const { name } = (await request.json()) as { readonly name: string };
      requests++;
      if (requests % 4 === 0) return new Response(null, { status: 503, headers: { "retry-after": "1" } });
      if (requests % 4 === 1) return await new Promise<Response>(() => undefined);
      return new Response(null, { status: name === "Tux" ? 200 : 404 });
    },
  });
  const plan = { port: server.port ?? 0, connections: 20, rate: 200, seconds: 1, patienceMs: 100, reportMs: 500 };
  const spans = await sendCrowd({ ...plan, request: purchaseOf("Tux") });
  await server.stop(true);
  const total = (pick: (span: (typeof spans)[number]) => number): number =>
    spans.reduce((sum, span) => sum + pick(span), 0);
  expect(total(({ offered, unsent }) => offered + unsent)).toBeGreaterThan(100);
  expect(total(({ accepted }) => accepted)).toBeGreaterThan(0);
  expect(total(({ shed }) => shed)).toBeGreaterThan(0);
  expect(total(({ late }) => late)).toBeGreaterThan(0);
  expect(total(({ wrong, broken }) => wrong + broken)).toBe(0);
});

test("only a 503 that says when to come again counts as shed", () => {
  const counter = new SpanCounter();
  counter.count(replyWith("200 OK"), 3);
  counter.count(replyWith("200 OK"), 5);
  counter.count(replyWith("503 Service Unavailable\r\nRetry-After: 1"), 1);
  counter.count(replyWith("503 Service Unavailable"), 1);
  counter.count(replyWith("500 Internal Server Error"), 1);
  expect(counter.take()).toMatchObject({ accepted: 2, shed: 1, wrong: 2, p50: 3, p99: 5 });
  expect(counter.take()).toMatchObject({ accepted: 0, shed: 0, wrong: 0, p50: Number.NaN });
});

test("a ring gives things back in their order, also after thousands", () => {
  const ring = new Ring<number>();
  for (let i = 0; i < 10_000; i++) ring.put(i);
  ring.remove(7_000);
  const taken = Array.from({ length: 9_999 }, () => ring.take());
  expect(taken).toEqual(Array.from({ length: 10_000 }, (_, i) => i).filter((i) => i !== 7_000));
  expect(ring.take()).toBeUndefined();
});

test("a slope is that of the straight line through the samples, here of the second half", () => {
  const samples = [0, 1, 2, 3, 4, 5].map((atS) => ({ atS, rssMb: atS < 3 ? 100 : 10 + 2 * atS, files: 7 }));
  const { second } = halvesOf(samples);
  expect(second).toHaveLength(3);
  expect(slopeOf(second, ({ rssMb }) => rssMb)).toBeCloseTo(2);
  expect(slopeOf(second, ({ files }) => files)).toBe(0);
});

test("windows are of equal time from the first sample on, without the last", () => {
  const samples = [5, 6, 7, 8, 9, 10, 11].map((atS) => ({ atS, rssMb: 0, files: 0 }));
  const times: number[][] = [];
  const firsts = windowsOf(samples, 3, (window) => {
    times.push(window.map(({ atS }) => atS));
    return window[0]?.atS ?? 0;
  });
  expect(times).toEqual([
    [5, 6, 7],
    [8, 9, 10],
  ]);
  expect(firsts).toEqual([5, 8]);
});

test("a steady slope is that of most values, whatever a few of them are", () => {
  expect(steadySlopeOf([20, 22, 24, 900, 28, 30, 5])).toBeCloseTo(2);
  expect(steadySlopeOf([7, 7])).toBe(0);
});
