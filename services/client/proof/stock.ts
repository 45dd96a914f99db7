import type { Order } from "../store-api.ts";
import type { Asking } from "./asking.ts";
import { takeCensus } from "./census.ts";
import type { StockAccount } from "./findings.ts";
import type { JournalHead } from "./journal.ts";

/** What is known before the stock is read once more. */
export interface StockBefore {
  readonly head: JournalHead;
  /** The highest number that this run was given, or the last one before it. */
  readonly ownLast: number;
  /** Units, by product, of all orders of this run. */
  readonly sold: ReadonlyMap<string, number>;
  /** Why the orders do not tell all that was sold; undefined: they do. */
  readonly unclear: string | undefined;
  /** Nobody else has bought. */
  readonly exclusive: boolean;
  /** Since the stock was read first. */
  readonly elapsedMs: number;
}

/**
 * Compares the stock that a front-end shows with what the run must have left.
 * That says something only if every unit sold is known: nobody else bought, and
 * no question is open. If others bought although nobody should have
 * (`exclusive`), what they took is missing, and that is evidence.
 */
export async function checkStock(
  asking: Asking,
  { head, ownLast, sold, unclear, exclusive, elapsedMs }: StockBefore,
): Promise<{ readonly fitting: number; readonly wrong: readonly StockAccount[] } | { readonly reason: string }> {
  if (head.lastNumber === undefined) return { reason: "it is not known how it stood before" };
  const census = await takeCensus(asking, Object.keys(head.stock), ownLast);
  if ("reason" in census) return census;
  if (!exclusive) {
    if (unclear !== undefined) return { reason: unclear };
    if (census.lastNumber > ownLast) return { reason: "others bought afterwards" };
  }
  const gone = Object.keys(head.stock).find((name) => census.stock[name] === undefined);
  if (gone !== undefined) return { reason: `${gone} is no longer sold` };
  const { restockQuantity } = head;
  const restocksMax = restocksWithin(elapsedMs, head.restockIntervalS);
  const accounts = Object.entries(head.stock).map(([name, before]) => {
    const after = census.stock[name] ?? 0;
    return { name, before, sold: sold.get(name) ?? 0, after, at: asking.name, restockQuantity, restocksMax };
  });
  const wrong = accounts.filter((account) => !addsUp(account));
  return { fitting: accounts.length - wrong.length, wrong };
}

/** Units sold, by product. */
export function sumSold(orders: Iterable<Order>): Map<string, number> {
  const sold = new Map<string, number>();
  for (const { name, quantity } of orders) sold.set(name, (sold.get(name) ?? 0) + quantity);
  return sold;
}

/**
 * Whether what was there, what was sold and what is left fit together. Only
 * restocks add, each exactly `restockQuantity`, and only to a product that
 * stands at zero: what is left since the last one is then at most that much.
 */
export function addsUp({ before, sold, after, restockQuantity, restocksMax }: StockAccount): boolean {
  const restocked = after + sold - before;
  if (restocked === 0) return true;
  if (restocked < 0 || restockQuantity === 0) return false;
  const restocks = restocked / restockQuantity;
  return Number.isInteger(restocks) && restocks <= restocksMax && after <= restockQuantity;
}

/** Restocks that a span of time has room for, one at its very beginning included. */
export function restocksWithin(elapsedMs: number, intervalS: number): number {
  return Math.floor(Math.max(0, elapsedMs) / 1000 / intervalS) + 1;
}
