import { PushQueue } from "../../../services/lib/push-queue.ts";

/** A bidi stream in a test's hands: say something, hear what comes. */
export class Conversation<Request, Response> {
  private readonly requests = new PushQueue<Request>(10_000);
  private readonly abort = new AbortController();
  private beating: ReturnType<typeof setInterval> | undefined;
  private readonly responses: AsyncIterator<Response>;

  constructor(call: (requests: AsyncIterable<Request>, options: { signal: AbortSignal }) => AsyncIterable<Response>) {
    this.responses = call(this.requests, { signal: this.abort.signal })[Symbol.asyncIterator]();
  }

  say(request: Request): this {
    this.requests.push(request);
    return this;
  }

  /** Says this ten times a second until it leaves, as one who is alive does. */
  beat(request: Request): this {
    this.beating = setInterval(() => this.say(request), 100);
    return this;
  }

  /** The next response; rejects with the error that ends the stream. */
  async hear(): Promise<Response> {
    const next = await this.responses.next();
    if (next.done) throw new Error("the stream ended");
    return next.value;
  }

  /** The next response that this accepts. */
  async hearOf(isWanted: (response: Response) => boolean): Promise<Response> {
    for (;;) {
      const response = await this.hear();
      if (isWanted(response)) return response;
    }
  }

  /** The error that the stream ends with; undefined if it ends without one. */
  async ending(): Promise<unknown> {
    try {
      while (!(await this.responses.next()).done);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** Says nothing more, and hears on. */
  half(): this {
    this.requests.end();
    return this;
  }

  leave(): void {
    clearInterval(this.beating);
    this.requests.end();
    this.abort.abort();
  }
}
