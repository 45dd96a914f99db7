import type { Entry, LogIndex, OrderNumber, Term } from "../../../services/order/core/types.ts";

export const term = 3 as Term;
export const entry: Entry = {
  index: 13 as LogIndex,
  term,
  order: { number: 7 as OrderNumber, product: "Tux", quantity: 1, key: "u:1" },
};
