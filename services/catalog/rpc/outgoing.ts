import { PushQueue } from "../../lib/push-queue.ts";
import { limits } from "../core/limits.ts";
import type { Refusal } from "../core/types.ts";
import { errorOf } from "./refusal.ts";

/** The answering half of a stream: messages, then its end or the reason why it ends. */
export class Outgoing<Message> {
  private readonly queue = new PushQueue<Message>(limits.streamMessagesMax);
  private error: Error | undefined;

  /** False: the reader of the stream does not keep up. */
  push(message: Message): boolean {
    return this.queue.push(message);
  }

  end(): void {
    this.queue.end();
  }

  refuse(refusal: Refusal): void {
    this.fail(errorOf(refusal));
  }

  fail(error: Error): void {
    this.error ??= error;
    this.queue.end();
  }

  /**
   * Runs a bidi stream: `receive` reads the requests, and tells when they end; its
   * failure ends the stream. `close` follows, once, however the stream ended.
   */
  async *serve(receive: Promise<void>, signal: AbortSignal, close: () => void): AsyncGenerator<Message> {
    const end = (): void => this.end();
    signal.addEventListener("abort", end);
    receive.catch((error: unknown) => this.fail(error instanceof Error ? error : new Error(String(error))));
    try {
      yield* this.queue;
    } finally {
      signal.removeEventListener("abort", end);
      close();
    }
    if (this.error !== undefined) throw this.error;
  }
}
