import type {
  OpenSession,
  OrderRequest,
  ReserveReply,
  Settle,
  Reservation as WireReservation,
  Reserve as WireReserve,
} from "../../../../gen/toystore/catalog/v1/catalog_pb.ts";
import type { CatalogWork, Order, Reservation, Reserve, ReserveCode } from "../../core/types.ts";
import { malformed, toCount } from "./numbers.ts";

/** A side of the session that has nothing to say says this. */
export const signOfLife: OrderRequest = {
  $typeName: "toystore.catalog.v1.OrderRequest",
  settles: [],
  returns: [],
  reserves: [],
};

export function toOpenRequest(open: { storeId: string; term: number; session: number }): OrderRequest {
  const value: OpenSession = {
    $typeName: "toystore.catalog.v1.OpenSession",
    storeId: open.storeId,
    term: BigInt(open.term),
    session: BigInt(open.session),
  };
  return { ...signOfLife, open: value };
}

export function toWorkRequest({ settles, returns, reserves }: CatalogWork): OrderRequest {
  return {
    $typeName: "toystore.catalog.v1.OrderRequest",
    settles: settles.map(toSettle),
    returns: [...returns],
    reserves: reserves.map(toReserve),
  };
}

function toSettle({ number, key, product, quantity }: Order): Settle {
  return { $typeName: "toystore.catalog.v1.Settle", number: BigInt(number), key, product, quantity };
}

function toReserve({ ticket, key, product, quantity }: Reserve): WireReserve {
  return {
    $typeName: "toystore.catalog.v1.Reserve",
    ticket: BigInt(ticket),
    key,
    product,
    quantity: BigInt(quantity),
  };
}

export function fromReservation({ key, product, quantity }: WireReservation): Reservation {
  return { key, product, quantity };
}

export function fromReserveReply(reply: ReserveReply): { ticket: number; code: ReserveCode } {
  return { ticket: toCount(reply.ticket), code: toReserveCode(reply.code) };
}

function toReserveCode(code: number): ReserveCode {
  if (code === 1 || code === -1 || code === -2 || code === -3) return code;
  throw malformed(`${code} is not a code of a reserve`);
}
