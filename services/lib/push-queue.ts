/**
 * A bounded queue that producers push to without waiting and one consumer
 * iterates: the sending half of a stream. A full queue refuses, and the owner
 * then closes the stream rather than let memory grow.
 */
export class PushQueue<T> implements AsyncIterable<T> {
  private readonly items: T[] = [];
  /** Items before this one have been consumed. */
  private head = 0;
  private ended = false;
  private wake: (() => void) | undefined;

  constructor(private readonly itemsMax: number) {}

  get size(): number {
    return this.items.length - this.head;
  }

  get isEnded(): boolean {
    return this.ended;
  }

  /** False if the queue is full or ended; the item is then not taken. */
  push(item: T): boolean {
    if (this.ended || this.size >= this.itemsMax) return false;
    this.items.push(item);
    this.wake?.();
    return true;
  }

  /** The consumer gets what is queued, then its end. */
  end(): void {
    this.ended = true;
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        while (this.head < this.items.length) yield this.items[this.head++] as T;
        this.items.length = 0;
        this.head = 0;
        if (this.ended) return;
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        this.wake = undefined;
      }
    } finally {
      this.ended = true;
      this.items.length = 0;
    }
  }
}
