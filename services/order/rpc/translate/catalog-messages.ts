import type {
  Decisions,
  OpenSession,
  OrderRequest,
  Reserves,
  Settled,
} from "../../../../gen/toystore/catalog/v1/catalog_pb.ts";
import { assert } from "../../../lib/assert.ts";
import { requireLength } from "../../../lib/columns.ts";
import type { CatalogWork, Order, Reserve, ReserveCode } from "../../core/types.ts";
import { toColumns } from "./columns.ts";
import { malformed, toCount } from "./numbers.ts";

/** A side of the session that has nothing to say says this. */
export const signOfLife: OrderRequest = { $typeName: "toystore.catalog.v1.OrderRequest", returns: [], replayed: false };

export function toOpenRequest(open: { storeId: string; term: number; session: number }): OrderRequest {
  const value: OpenSession = {
    $typeName: "toystore.catalog.v1.OpenSession",
    storeId: open.storeId,
    term: BigInt(open.term),
    session: BigInt(open.session),
  };
  return { ...signOfLife, open: value };
}

export function toWorkRequest({ settles, returns, reserves, replayed }: CatalogWork): OrderRequest {
  const request: OrderRequest = { ...signOfLife, returns: [...returns], replayed: replayed === true };
  if (settles.length > 0) request.settled = toSettled(settles);
  if (reserves.length > 0) request.reserve = toReserves(reserves);
  return request;
}

function toSettled(orders: readonly Order[]): Settled {
  const first = (orders[0] as Order).number;
  assert(
    orders.every(({ number }, at) => number === first + at),
    "orders are settled without gaps",
  );
  return {
    $typeName: "toystore.catalog.v1.Settled",
    firstNumber: BigInt(first),
    orders: toColumns(orders),
  };
}

function toReserves(reserves: readonly Reserve[]): Reserves {
  return {
    $typeName: "toystore.catalog.v1.Reserves",
    tickets: reserves.map(({ ticket }) => BigInt(ticket)),
    orders: toColumns(reserves),
  };
}

/** Throws on malformed ones. */
export function fromDecisions({ tickets, codes }: Decisions): { ticket: number; code: ReserveCode }[] {
  requireLength(codes, tickets.length);
  return tickets.map((ticket, at) => ({ ticket: toCount(ticket), code: toReserveCode(codes[at] as number) }));
}

function toReserveCode(code: number): ReserveCode {
  if (code === 1 || code === -1 || code === -2 || code === -3) return code;
  throw malformed(`${code} is not a code of a reserve`);
}
