import type { Ledger } from "./ledger.ts";
import { limits } from "./limits.ts";
import type { Turn } from "./turn.ts";
import { beforeFirst, type CallerId, type Query, type QueryReply, type Version } from "./types.ts";
import { Waiting } from "./waiting.ts";

interface Answer {
  readonly caller: CallerId;
  readonly reply: QueryReply;
}

/**
 * Reads of one product. A read takes the value as it is when it arrives, and is
 * answered when that value is released: whoever reads afterwards, through any
 * front-end, sees the same or a newer one.
 */
export class Queries {
  private readonly waiting = new Waiting<Answer>(limits.waitingQueriesMax);
  private replies = new Map<CallerId, QueryReply[]>();

  constructor(
    private readonly ledger: Ledger,
    private readonly turn: Turn,
    private readonly onAsked: (product: string) => void,
  ) {}

  ask(caller: CallerId, queries: readonly Query[], released: Version): void {
    for (const query of queries) {
      const product = this.ledger.product(query.product);
      if (product === undefined) {
        this.reply(caller, { id: query.id, priceCents: -1, quantity: -1, version: beforeFirst });
        continue;
      }
      this.onAsked(product.name);
      const { priceCents, onHand: quantity, version } = product;
      const reply = { id: query.id, priceCents, quantity, version };
      if (version <= released) this.reply(caller, reply);
      else if (this.waiting.isFull) return this.refuse(caller);
      else this.waiting.push(version, { caller, reply });
    }
  }

  send(released: Version): void {
    for (const { caller, reply } of this.waiting.release(released)) this.reply(caller, reply);
    if (this.replies.size === 0) return;
    for (const [caller, replies] of this.replies) this.turn.emit({ type: "query-replies", caller, replies });
    this.replies = new Map();
  }

  private reply(caller: CallerId, reply: QueryReply): void {
    const replies = this.replies.get(caller);
    if (replies === undefined) this.replies.set(caller, [reply]);
    else replies.push(reply);
  }

  private refuse(caller: CallerId): void {
    const refusal = { code: "overloaded", message: "too many queries wait" } as const;
    this.turn.emit({ type: "caller-refused", caller, refusal });
  }
}
