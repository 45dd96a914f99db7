import type { OrderRecord, Entry as WireEntry } from "../../../../gen/toystore/recovery/v1/recovery_pb.ts";
import type { Entry, LogIndex, Order } from "../../core/types.ts";
import { malformed, toOrderNumber, toTerm } from "./numbers.ts";

const quantityMax = 2 ** 31 - 1;

/** Indexes do not travel: entries are consecutive from `previous` + 1 on. */
export function toWireEntries(entries: readonly Entry[]): WireEntry[] {
  return entries.map(toWireEntry);
}

function toWireEntry(entry: Entry): WireEntry {
  const wire: WireEntry = { $typeName: "toystore.recovery.v1.Entry", term: BigInt(entry.term) };
  if (entry.order !== undefined) wire.order = toRecord(entry.order);
  return wire;
}

function toRecord({ number, product, quantity, key }: Order): OrderRecord {
  return { $typeName: "toystore.recovery.v1.OrderRecord", number: BigInt(number), product, quantity, key };
}

/** `previous` is the index before the first. Throws on a malformed entry. */
export function fromWireEntries(previous: LogIndex, entries: readonly WireEntry[]): Entry[] {
  return entries.map((entry, at) => ({
    index: (previous + 1 + at) as LogIndex,
    term: toTerm(entry.term),
    order: entry.order === undefined ? undefined : fromRecord(entry.order),
  }));
}

function fromRecord({ number, product, quantity, key }: OrderRecord): Order {
  if (quantity < 1 || quantity > quantityMax) throw malformed(`${quantity} is not an order's quantity`);
  return { number: toOrderNumber(number), product, quantity, key };
}
