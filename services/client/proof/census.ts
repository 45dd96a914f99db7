import { check, query } from "../store-api.ts";
import type { Asking } from "./asking.ts";

const censusLimits = {
  /** Tries to read numbers and stock while nobody buys. */
  tries: 3,
  productsMax: 10_000,
  numberMax: 2 ** 40,
};

/** Where a store stands: its last order and its stock, both of one moment. */
export interface Census {
  /** -1: there is no order. */
  readonly lastNumber: number;
  readonly stock: Readonly<Record<string, number>>;
}

/**
 * Reads stock and last order number so that they belong together: no order may
 * come between. Otherwise, or if a question is not answered, the reason why
 * there is none.
 */
export async function takeCensus(
  asking: Asking,
  toys: readonly string[],
  from: number,
): Promise<Census | { readonly reason: string }> {
  if (toys.length > censusLimits.productsMax) return { reason: `more than ${censusLimits.productsMax} products` };
  let lastNumber = await findLastNumber(asking, from);
  for (let i = 0; i < censusLimits.tries && lastNumber !== undefined; i++) {
    const stock = await readStock(asking, toys);
    if (stock === undefined) return { reason: "a product could not be read" };
    const again = await findLastNumber(asking, lastNumber);
    if (again === lastNumber) return { lastNumber, stock };
    lastNumber = again;
  }
  return { reason: lastNumber === undefined ? "an order could not be looked up" : "others bought meanwhile" };
}

async function readStock(asking: Asking, toys: readonly string[]): Promise<Record<string, number> | undefined> {
  const stock: Record<string, number> = {};
  let failed = false;
  const complete = await asking.each(toys, async (send, name) => {
    // Without one of them the rest is no use, and each would take as long to fail.
    if (failed) return;
    const outcome = await query(send, name);
    // A name that the store does not know has no stock to check.
    if (outcome.type === "product") stock[name] = outcome.quantity;
    else if (outcome.kind !== "HTTP 404") failed = true;
  });
  return failed || !complete ? undefined : stock;
}

/**
 * The number of the last order, -1 if there is none, undefined if a question
 * failed. Numbers have no gaps, so doubling steps and then halving them finds it
 * with a few dozen look-ups. `from`: an order known to exist, or -1.
 */
async function findLastNumber(asking: Asking, from: number): Promise<number | undefined> {
  let exists = from;
  let missing: number | undefined;
  for (let step = 1; missing === undefined; step *= 2) {
    const number = exists + step;
    const found = await orderExists(asking, number);
    if (found === undefined || number > censusLimits.numberMax) return undefined;
    if (found) exists = number;
    else missing = number;
  }
  while (missing - exists > 1) {
    const middle = Math.floor((exists + missing) / 2);
    const found = await orderExists(asking, middle);
    if (found === undefined) return undefined;
    if (found) exists = middle;
    else missing = middle;
  }
  return exists;
}

async function orderExists(asking: Asking, number: number): Promise<boolean | undefined> {
  const outcome = await asking.one((send) => check(send, number));
  return outcome.type === "error" ? undefined : outcome.type === "order";
}
