import { PushQueue } from "../../lib/push-queue.ts";
import { limits } from "../core/limits.ts";
import type { Refusal } from "../core/types.ts";
import { errorOf } from "./refusal.ts";

/** The answering half of a stream: messages, then its end or the reason why it ends. */
export class Outgoing<Message> {
  private readonly queue = new PushQueue<Message>(limits.streamMessagesMax);

  /** False: the reader of the stream does not keep up. */
  push(message: Message): boolean {
    return this.queue.push(message);
  }

  end(): void {
    this.queue.end();
  }

  refuse(refusal: Refusal): void {
    this.queue.end(errorOf(refusal));
  }

  /**
   * Runs a bidi stream: `receive` reads the requests, and tells when they end; its
   * failure ends the stream. `signal` is aborted when the stream is over, however
   * it ended; `close` follows.
   */
  serve(receive: Promise<void>, signal: AbortSignal, close: () => void): AsyncIterable<Message> {
    const leave = (): void => {
      this.queue.end();
      close();
    };
    signal.addEventListener("abort", leave, { once: true });
    receive.catch((error: unknown) => this.queue.end(error instanceof Error ? error : new Error(String(error))));
    return this.queue;
  }
}
