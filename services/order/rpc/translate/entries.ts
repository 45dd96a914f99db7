import type { Run } from "../../../../gen/toystore/recovery/v1/recovery_pb.ts";
import { fromColumns, rowsOf } from "../../../lib/columns.ts";
import type { Entry, LogIndex, Order, Term } from "../../core/types.ts";
import { toColumns } from "./columns.ts";
import { malformed, toOrderNumber, toTerm } from "./numbers.ts";

const quantityMax = 2 ** 31 - 1;

/** Indexes do not travel: entries are consecutive from `previous` + 1 on. */
export function toRuns(entries: readonly Entry[]): Run[] {
  const runs: Run[] = [];
  let at = 0;
  while (at < entries.length) {
    const { term, order } = entries[at] as Entry;
    const orders = order === undefined ? [] : ordersFrom(entries, at, term);
    runs.push(toRun(term, orders));
    at += Math.max(1, orders.length);
  }
  return runs;
}

/** The orders of one term from here on, as long as their numbers follow each other. */
function ordersFrom(entries: readonly Entry[], first: number, term: Term): Order[] {
  const orders: Order[] = [];
  for (let at = first; at < entries.length; at++) {
    const entry = entries[at] as Entry;
    const { order } = entry;
    if (order === undefined || entry.term !== term) break;
    if (orders.length > 0 && order.number !== (orders[0] as Order).number + orders.length) break;
    orders.push(order);
  }
  return orders;
}

function toRun(term: Term, orders: readonly Order[]): Run {
  const run: Run = { $typeName: "toystore.recovery.v1.Run", term: BigInt(term), firstNumber: 0n };
  const [first] = orders;
  if (first === undefined) return run;
  run.firstNumber = BigInt(first.number);
  run.orders = toColumns(orders);
  return run;
}

/** `previous` is the index before the first. Throws on a malformed run. */
export function fromRuns(previous: LogIndex, runs: readonly Run[]): Entry[] {
  const entries: Entry[] = [];
  for (const run of runs) appendRun(entries, (previous + 1 + entries.length) as LogIndex, run);
  return entries;
}

function appendRun(entries: Entry[], first: LogIndex, run: Run): void {
  const term = toTerm(run.term);
  if (run.orders === undefined) {
    entries.push({ index: first, term, order: undefined });
    return;
  }
  const rows = rowsOf(run.orders);
  if (rows === 0) throw malformed("a run of no orders");
  const firstNumber = toOrderNumber(run.firstNumber);
  toOrderNumber(run.firstNumber + BigInt(rows - 1));
  fromColumns(run.orders, (key, product, quantity, at) => {
    if (quantity < 1 || quantity > quantityMax) throw malformed(`${quantity} is not an order's quantity`);
    const order = { number: (firstNumber + at) as Order["number"], product, quantity, key };
    entries.push({ index: (first + at) as LogIndex, term, order });
  });
}
