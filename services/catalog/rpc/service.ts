import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { CatalogService } from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import type { CatalogPort } from "../core/callers.ts";
import { serveOrder } from "./order-stream.ts";
import { QueryCalls, serveQueries } from "./queries.ts";

/**
 * CatalogService for a Connect router. `catalog` gives the catalog, or undefined
 * while it starts; calls are then UNAVAILABLE.
 */
export function catalogRoutes(catalog: () => CatalogPort | undefined): (router: ConnectRouter) => void {
  const calls = new QueryCalls();
  const open = (): CatalogPort => {
    const port = catalog();
    if (port?.isOpen) return port;
    throw new ConnectError(port === undefined ? "the catalog starts" : "the catalog stops", Code.Unavailable);
  };
  return (router) => {
    router.service(CatalogService, {
      query: (request) => calls.ask(open(), request.product),
      queries: (requests, context) => serveQueries(open(), requests, context.signal),
      order: (requests, context) => serveOrder(open(), requests, context.signal),
    });
  };
}
