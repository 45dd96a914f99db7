import { CatalogService, type QueryBatch, type QueryReplyItem } from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import { openDuplex } from "../../lib/duplex.ts";
import type { Connection } from "../../lib/rpc-client.ts";
import type { QueryReply } from "../core/product-events.ts";
import type { CatalogPort, QueriesPort } from "../ports.ts";

/** Batches not yet taken by the connection; more means that the catalog has stopped reading. */
const unsentMax = 4096;

/** The catalog's Queries over Connect. */
export class CatalogClient implements CatalogPort {
  constructor(private readonly connection: Connection) {}

  openQueries(onReplies: (replies: readonly QueryReply[]) => void, onLost: () => void): QueriesPort {
    const stream = openDuplex({
      transport: this.connection.transport,
      method: CatalogService.method.queries,
      weightMax: unsentMax,
      onMessage: (batch) => onReplies(batch.items.map(fromItem)),
      onEnd: () => {
        this.connection.reset();
        onLost();
      },
    });
    return {
      send: (items) => void stream.send({ $typeName: "toystore.catalog.v1.QueryBatch", items: items.map(toItem) }),
      close: () => {
        stream.close();
        this.connection.reset();
      },
    };
  }
}

function toItem({ id, product }: { id: number; product: string }): QueryBatch["items"][number] {
  return { $typeName: "toystore.catalog.v1.QueryItem", id, product };
}

/** An answer without a product is one of an unknown product. */
function fromItem({ id, product }: QueryReplyItem): QueryReply {
  if (product === undefined) return { id, priceCents: -1, quantity: -1 };
  return { id, priceCents: Number(product.priceCents), quantity: Number(product.quantity) };
}
