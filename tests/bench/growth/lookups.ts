import { TcpConnection } from "../../../services/client/connection.ts";
import { check } from "../../../services/client/store-api.ts";
import { systemClock } from "../../../services/lib/clock.ts";
import { toyOf } from "./history.ts";

/** How look-ups of random orders went. */
export interface LookupRound {
  readonly perSecond: number;
  readonly wrong: number;
}

const timeoutMs = 10_000;

/** Looks up each of these orders, one after the other on each connection. */
export async function lookUp(port: number, numbers: readonly number[], connections: number): Promise<LookupRound> {
  const startMs = performance.now();
  const left = numbers.values();
  let found = 0;
  let wrong = 0;
  const run = async (): Promise<void> => {
    const connection = new TcpConnection({ host: "127.0.0.1", port, timeoutMs }, systemClock);
    for (const number of left) {
      const outcome = await check((request) => connection.send(request), number);
      if (outcome.type === "order" && outcome.order.number === number && outcome.order.name === toyOf(number)) found++;
      else wrong++;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, run));
  return { perSecond: (found * 1000) / (performance.now() - startMs), wrong };
}
