/**
 * A bounded queue that producers push to without waiting and one consumer
 * iterates: the sending half of a stream. A full queue refuses, and the owner
 * then closes the stream rather than let memory grow.
 *
 * Items may be weighed (by bytes, say); the limit then bounds their sum.
 */
export class PushQueue<T> implements AsyncIterable<T> {
  private items: T[] = [];
  private weights: number[] = [];
  /** Items before this one have been consumed. */
  private head = 0;
  /** Sum of the weights from `head` on. */
  private weight = 0;
  private ended = false;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(private readonly weightMax: number) {}

  get size(): number {
    return this.items.length - this.head;
  }

  get isEnded(): boolean {
    return this.ended;
  }

  /** False if the queue is full or ended; the item is then not taken. */
  push(item: T, weight = 1): boolean {
    if (this.ended || this.weight + weight > this.weightMax) return false;
    this.items.push(item);
    this.weights.push(weight);
    this.weight += weight;
    this.wake?.();
    return true;
  }

  /** The consumer gets what is queued, then its end. */
  end(): void {
    this.ended = true;
    this.wake?.();
  }

  /** What is queued is dropped, and the consumer's next step throws `error`. */
  fail(error: Error): void {
    if (this.ended) return;
    this.clear();
    this.failure = error;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        while (this.head < this.items.length) yield this.shift();
        this.clear();
        if (this.failure !== undefined) throw this.failure;
        if (this.ended) return;
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        this.wake = undefined;
      }
    } finally {
      this.ended = true;
      this.clear();
    }
  }

  private shift(): T {
    const item = this.items[this.head] as T;
    this.weight -= this.weights[this.head] ?? 0;
    this.head++;
    // A queue that is never quite empty would otherwise keep all that passed through it.
    if (this.head >= compactAfterItems) {
      this.items = this.items.slice(this.head);
      this.weights = this.weights.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  private clear(): void {
    this.items = [];
    this.weights = [];
    this.head = 0;
    this.weight = 0;
  }
}

const compactAfterItems = 1024;
