import type { Ledger } from "./ledger.ts";
import { limits } from "./limits.ts";
import type { Turn } from "./turn.ts";
import { beforeFirst, type CallerId, type Product, type Query, type QueryReply, type Version } from "./types.ts";
import { Waiting } from "./waiting.ts";

interface Answer {
  readonly caller: CallerId;
  readonly reply: QueryReply;
}

/**
 * Reads of one product. A read takes the value as it is when it arrives, and is
 * answered when that value is released: whoever reads afterwards, through any
 * front-end, sees the same or a newer one. As long as the stock is not known, reads
 * wait for that first.
 */
export class Queries {
  private readonly waiting = new Waiting<Answer>(limits.waitingQueriesMax);
  private replies = new Map<CallerId, QueryReply[]>();
  /** Came before the stock was known. */
  private early: { readonly caller: CallerId; readonly query: Query }[] = [];

  constructor(
    private readonly ledger: Ledger,
    private readonly turn: Turn,
    private readonly onAsked: (product: string) => void,
  ) {}

  ask(caller: CallerId, queries: readonly Query[], isStockKnown: boolean, released: Version): void {
    for (const query of queries) {
      const product = this.ledger.product(query.product);
      if (product === undefined) {
        this.reply(caller, { id: query.id, priceCents: -1, quantity: -1, version: beforeFirst });
      } else if (!isStockKnown) {
        if (this.early.length >= limits.waitingQueriesMax) return this.refuse(caller);
        this.early.push({ caller, query });
      } else if (!this.answer(caller, query.id, product, released)) return this.refuse(caller);
    }
  }

  /** Nobody waits for answers to this caller any more. */
  forget(caller: CallerId): void {
    if (this.early.length > 0) this.early = this.early.filter((one) => one.caller !== caller);
  }

  /** The stock is known. */
  answerEarly(released: Version): void {
    const { early } = this;
    this.early = [];
    for (const { caller, query } of early) this.ask(caller, [query], true, released);
  }

  send(released: Version): void {
    for (const { caller, reply } of this.waiting.release(released)) this.reply(caller, reply);
    if (this.replies.size === 0) return;
    for (const [caller, replies] of this.replies) this.turn.emit({ type: "query-replies", caller, replies });
    this.replies = new Map();
  }

  /** False: too much waits. */
  private answer(caller: CallerId, id: number, product: Product, released: Version): boolean {
    this.onAsked(product.name);
    const { priceCents, onHand: quantity, version } = product;
    const reply = { id, priceCents, quantity, version };
    if (version <= released) this.reply(caller, reply);
    else if (this.waiting.isFull) return false;
    else this.waiting.push(version, { caller, reply });
    return true;
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
