import type { Session } from "./session.ts";
import type { Order } from "./store-api.ts";

/** Reads every order back, each once, through all sessions at a time; ends early when stopped. */
export async function verifyOrders(
  sessions: readonly Session[],
  orders: Iterable<Order>,
  stopped: () => boolean,
): Promise<void> {
  const waiting = orders[Symbol.iterator]();
  const work = async (session: Session): Promise<void> => {
    for (let next = waiting.next(); !next.done && !stopped(); next = waiting.next()) await session.verify(next.value);
  };
  await Promise.all(sessions.map(work));
}
