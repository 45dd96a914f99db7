/** What a client asked for. */
export type Request =
  | { readonly type: "buy"; readonly key: string; readonly product: string; readonly quantity: number }
  | { readonly type: "read"; readonly product: string }
  | { readonly type: "look-up"; readonly number: number }
  | { readonly type: "look-up-key"; readonly key: string };

/**
 * What it was told. "refused": certainly not executed (503); "unknown": it may
 * have been, or may still be (500, or the connection was lost).
 */
export type Answer =
  | { readonly type: "bought"; readonly number: number }
  | { readonly type: "out-of-stock" | "refused" | "unknown" | "key-reused" | "not-found" | "other" }
  | { readonly type: "stock"; readonly quantity: number; readonly version: number; readonly cached: boolean }
  | (Shown & { readonly type: "order"; readonly group?: readonly Shown[] });

/** An order as a look-up shows it. */
export interface Shown {
  readonly number: number;
  readonly product: string;
  readonly quantity: number;
}

/** One request of one client and its answer, as the client saw them. */
export interface Operation {
  readonly id: number;
  readonly client: string;
  readonly request: Request;
  readonly invokedMs: number;
  /** Places in the order of all invocations and answers. */
  readonly invoked: number;
  returnedMs: number;
  /** Infinity: not answered. */
  returned: number;
  answer: Answer | undefined;
}

/** What checks want to know as it happens. */
export interface HistoryObserver {
  onInvoked(operation: Operation): void;
  onReturned(operation: Operation): void;
}

/** Everything that all clients asked and heard, in one order. */
export class History {
  readonly operations: Operation[] = [];
  private events = 0;

  constructor(
    private readonly nowMs: () => number,
    private readonly observers: readonly HistoryObserver[],
  ) {}

  /** After the last event, before the next. */
  get place(): number {
    return this.events + 0.75;
  }

  invoke(client: string, request: Request): Operation {
    const operation: Operation = {
      id: this.operations.length,
      client,
      request,
      invokedMs: this.nowMs(),
      invoked: ++this.events,
      returnedMs: Infinity,
      returned: Infinity,
      answer: undefined,
    };
    this.operations.push(operation);
    for (const observer of this.observers) observer.onInvoked(operation);
    return operation;
  }

  return(operation: Operation, answer: Answer): void {
    operation.answer = answer;
    operation.returnedMs = this.nowMs();
    operation.returned = ++this.events;
    for (const observer of this.observers) observer.onReturned(operation);
  }
}
