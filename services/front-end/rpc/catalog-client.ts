import { type Client, createClient } from "@connectrpc/connect";
import {
  CatalogService,
  type QueryBatch,
  type QueryReplyBatch,
  type QueryReplyItem,
} from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import type { QueryReply } from "../core/product-events.ts";
import type { CatalogPort, QueriesPort } from "../ports.ts";
import type { Connection } from "./connection.ts";
import { openStream } from "./stream.ts";

/** The catalog's Queries over Connect. */
export class CatalogClient implements CatalogPort {
  private readonly client: Client<typeof CatalogService>;

  constructor(private readonly connection: Connection) {
    this.client = createClient(CatalogService, connection.transport);
  }

  openQueries(onReplies: (replies: readonly QueryReply[]) => void, onLost: () => void): QueriesPort {
    const stream = openStream<QueryBatch, QueryReplyBatch>(
      (requests, options) => this.client.queries(requests, options),
      (batch) => onReplies(batch.items.map(fromItem)),
      () => {
        this.connection.reset();
        onLost();
      },
    );
    return {
      send: (items) => stream.send({ $typeName: "toystore.catalog.v1.QueryBatch", items: items.map(toItem) }),
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
