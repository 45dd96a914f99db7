/** A step of the consumer that waits for its answer. */
interface Step<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A bounded queue that producers push to without waiting and one consumer
 * iterates: the sending half of a stream. A full queue refuses, and the owner
 * then closes the stream rather than let memory grow.
 *
 * Items may be weighed (by bytes, say); the limit then bounds their sum.
 */
export class PushQueue<T> implements AsyncIterableIterator<T, undefined> {
  private items: T[] = [];
  private weights: number[] = [];
  /** Items before this one have been consumed. */
  private head = 0;
  /** Sum of the weights from `head` on. */
  private queuedWeight = 0;
  private ended = false;
  private failure: Error | undefined;
  /** The consumer's step that waits; then nothing is queued. */
  private waiting: Step<T> | undefined;

  /** `onEmpty`: the consumer has taken all that was queued. */
  constructor(
    private readonly weightMax: number,
    private readonly onEmpty: () => void = () => undefined,
  ) {}

  get size(): number {
    return this.items.length - this.head;
  }

  get weight(): number {
    return this.queuedWeight;
  }

  get isEnded(): boolean {
    return this.ended;
  }

  /** False if the queue is full or ended; the item is then not taken. */
  push(item: T, weight = 1): boolean {
    if (this.ended || this.queuedWeight + weight > this.weightMax) return false;
    const waiting = this.takeWaiting();
    if (waiting !== undefined) {
      waiting.resolve({ done: false, value: item });
      return true;
    }
    this.items.push(item);
    this.weights.push(weight);
    this.queuedWeight += weight;
    return true;
  }

  /** The consumer gets what is queued, then its end: the error, if there is one. */
  end(error?: Error): void {
    if (this.ended) return;
    this.ended = true;
    const waiting = this.takeWaiting();
    if (error === undefined) waiting?.resolve(over);
    else if (waiting === undefined) this.failure = error;
    else waiting.reject(error);
  }

  /** What is queued is dropped, and the consumer's next step throws `error`. */
  fail(error: Error): void {
    if (this.ended) return;
    this.clear();
    this.end(error);
  }

  /** Not an async generator: of those each step costs several turns of the microtask queue. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.head < this.items.length) return Promise.resolve({ done: false, value: this.shift() });
    const { failure } = this;
    if (failure !== undefined) {
      this.failure = undefined;
      return Promise.reject(failure);
    }
    if (this.ended) return Promise.resolve(over);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  /** The consumer has left: nothing is taken any more. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.clear();
    this.end();
    return Promise.resolve(over);
  }

  /** As `return`; Connect asks for both of what it iterates. */
  throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    void this.return();
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private takeWaiting(): Step<T> | undefined {
    const { waiting } = this;
    this.waiting = undefined;
    return waiting;
  }

  private shift(): T {
    const item = this.items[this.head] as T;
    this.queuedWeight -= this.weights[this.head] ?? 0;
    this.head++;
    // A queue that is never quite empty would otherwise keep all that passed through it.
    if (this.head >= compactAfterItems) this.compact();
    if (this.head === this.items.length) {
      this.clear();
      this.onEmpty();
    }
    return item;
  }

  private compact(): void {
    this.items = this.items.slice(this.head);
    this.weights = this.weights.slice(this.head);
    this.head = 0;
  }

  private clear(): void {
    this.items = [];
    this.weights = [];
    this.head = 0;
    this.queuedWeight = 0;
  }
}

const over = { done: true, value: undefined } as const;
const compactAfterItems = 1024;
