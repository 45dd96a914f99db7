import { expect, test } from "bun:test";
import { orderLimits } from "../../services/front-end/core/limits.ts";
import type { ReplicaId, SentCall } from "../../services/front-end/core/types.ts";
import { OrderDriver } from "../../services/front-end/order-driver.ts";
import type { ReplicaPort } from "../../services/front-end/ports.ts";
import { buyOf, leads, one } from "./core/order-world.ts";

test("many calls of one long turn of the event loop do not wait for its end", async () => {
  const sent: SentCall[] = [];
  const ends: (() => void)[] = [];
  const port: ReplicaPort = {
    ping: () => Promise.resolve(leads(one, 1)),
    openCalls: () => ({ send: (_, calls) => void sent.push(...calls), close: () => undefined }),
  };
  const driver = new OrderDriver({
    limits: { ...orderLimits, gatheredMax: 3 },
    clock: { now: () => 1_000 },
    random: { float: () => 0.5 },
    defer: (end) => void ends.push(end),
    replicas: new Map([1, 2, 3].map((id) => [id as ReplicaId, port])),
    operator: { notice: () => undefined },
  });
  driver.tick();
  for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
    end();
    await Promise.resolve();
    await Promise.resolve();
  }
  expect(driver.status().route).toMatchObject({ via: one });
  const buy = (key: string): void => void driver.call(buyOf(key));
  for (const key of ["a", "b"]) buy(key);
  expect(sent).toEqual([]);
  buy("c");
  expect(sent.map(({ call }) => call)).toEqual(["a", "b", "c"].map((key) => buyOf(key)));
  buy("d");
  expect(sent).toHaveLength(3);
  for (const end of ends.splice(0)) end();
  expect(sent).toHaveLength(4);
});
