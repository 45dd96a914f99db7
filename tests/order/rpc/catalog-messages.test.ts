import { describe, expect, test } from "bun:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { type OrderRequest, OrderRequestSchema } from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import { fromColumns } from "../../../services/lib/columns.ts";
import type { CatalogWork, OrderNumber } from "../../../services/order/core/types.ts";
import {
  fromDecisions,
  signOfLife,
  toOpenRequest,
  toWorkRequest,
} from "../../../services/order/rpc/translate/catalog-messages.ts";
import * as arbitrary from "./arbitrary.ts";

const overWire = (request: OrderRequest): OrderRequest =>
  fromBinary(OrderRequestSchema, toBinary(OrderRequestSchema, request));

/** As catalog.proto says that it is to be read. */
function workOf({ settled, returns, reserve, replayed }: OrderRequest): CatalogWork {
  const first = Number(settled?.firstNumber ?? 0n);
  const settles = fromColumns(settled?.orders, (key, product, quantity, at) => {
    return { number: (first + at) as OrderNumber, key, product, quantity };
  });
  const reserves = fromColumns(reserve?.orders, (key, product, quantity, at) => {
    return { ticket: Number(reserve?.tickets[at]), key, product, quantity };
  });
  return { settles, returns, reserves, ...(replayed ? { replayed } : {}) };
}

describe("work for the catalog", () => {
  test("survives the wire, with the end of the replay or without it", () => {
    fc.assert(
      fc.property(arbitrary.catalogWork, (work) => {
        const request = overWire(toWorkRequest(work));
        expect(workOf(request)).toEqual(work);
        expect(request.open).toBeUndefined();
      }),
    );
  });

  test("may be nothing but the end of the replay", () => {
    const request = overWire(toWorkRequest({ settles: [], returns: [], reserves: [], replayed: true }));
    expect(request).toEqual({ ...signOfLife, replayed: true });
  });

  test("asks for a quantity below 1, whatever it is, as for none", () => {
    const reserve = { ticket: 1, key: "u:1", product: "Tux", quantity: -5 };
    expect(workOf(toWorkRequest({ settles: [], returns: [], reserves: [reserve] })).reserves).toEqual([
      { ...reserve, quantity: 0 },
    ]);
  });
});

test.each([signOfLife, toOpenRequest({ storeId: "store-a", term: 4, session: 2 })])(
  "what is not work ends no replay (%#)",
  (request) => {
    expect(workOf(overWire(request))).toEqual({ settles: [], returns: [], reserves: [] });
  },
);

describe("the catalog's decisions", () => {
  const decisions = (tickets: bigint[], codes: number[]) =>
    fromDecisions({ $typeName: "toystore.catalog.v1.Decisions", tickets, codes });

  test("come by ticket", () => {
    expect(decisions([7n, 8n, 9n, 10n], [1, -1, -2, -3])).toEqual([
      { ticket: 7, code: 1 },
      { ticket: 8, code: -1 },
      { ticket: 9, code: -2 },
      { ticket: 10, code: -3 },
    ]);
  });

  test("whose columns do not fit together, or with strange codes, are malformed", () => {
    expect(() => decisions([7n], [1, 1])).toThrow("columns of");
    expect(() => decisions([7n], [0])).toThrow();
  });
});
