import type { MessageInitShape } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import type {
  QueryBatch,
  QueryReplyBatchSchema,
  QueryResponseSchema,
} from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import type { CatalogPort, QueryCaller } from "../core/callers.ts";
import { limits } from "../core/limits.ts";
import type { CallerId, QueryReply, Refusal } from "../core/types.ts";
import { Outgoing } from "./outgoing.ts";
import { errorOf, invalid } from "./refusal.ts";

type Response = MessageInitShape<typeof QueryResponseSchema>;
type ReplyBatch = MessageInitShape<typeof QueryReplyBatchSchema>;

/** Translates the stream Queries. A caller that has asked all it wants still gets every answer. */
export function serveQueries(
  catalog: CatalogPort,
  requests: AsyncIterable<QueryBatch>,
  signal: AbortSignal,
): AsyncIterable<ReplyBatch> {
  const outgoing = new Outgoing<ReplyBatch>();
  let unanswered = 0;
  let hasAsked = false;
  const caller = catalog.addQueryCaller({
    replies: (replies) => {
      const items = replies.map((reply) => ({ id: reply.id, product: responseOf(reply) }));
      unanswered -= items.length;
      const isTaken = outgoing.push({ items });
      if (hasAsked && unanswered === 0) outgoing.end();
      return isTaken;
    },
    refused: (refusal) => outgoing.refuse(refusal),
  });
  const receive = async (): Promise<void> => {
    for await (const { items } of requests) {
      if (items.length > limits.queriesPerMessageMax) throw invalid(`${items.length} queries in one message`);
      unanswered += items.length;
      catalog.query(caller, items);
    }
    hasAsked = true;
    if (unanswered === 0) outgoing.end();
  };
  return outgoing.serve(receive(), signal, () => catalog.removeQueryCaller(caller));
}

function responseOf({ priceCents, quantity, version }: QueryReply): Response {
  return { priceCents: BigInt(priceCents), quantity: BigInt(quantity), version: BigInt(version) };
}

interface Call {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: ConnectError) => void;
}

/** The unary calls, of all callers together: to the catalog they are one. */
export class QueryCalls implements QueryCaller {
  private readonly calls = new Map<number, Call>();
  private caller: { readonly catalog: CatalogPort; readonly id: CallerId } | undefined;
  private lastId = 0;

  ask(catalog: CatalogPort, product: string): Promise<Response> {
    const caller = this.callerAt(catalog);
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      this.calls.set(id, { resolve, reject });
      catalog.query(caller, [{ id, product }]);
    });
  }

  replies(replies: readonly QueryReply[]): boolean {
    for (const reply of replies) {
      this.calls.get(reply.id)?.resolve(responseOf(reply));
      this.calls.delete(reply.id);
    }
    return true;
  }

  refused(refusal: Refusal): void {
    for (const { reject } of this.calls.values()) reject(errorOf(refusal));
    this.calls.clear();
    this.caller = undefined;
  }

  private callerAt(catalog: CatalogPort): CallerId {
    if (this.caller?.catalog !== catalog) this.caller = { catalog, id: catalog.addQueryCaller(this) };
    return this.caller.id;
  }
}
