import { Code, ConnectError, type ConnectRouter, createRouterTransport } from "@connectrpc/connect";
import { FrontService, type InvalidateRequest } from "../../../gen/toystore/front/v1/front_pb.ts";
import type { Connection } from "../../../services/lib/rpc-client.ts";

/** A front-end that acknowledges every message, unless told not to, and remembers all of them. */
export class FakeFrontEnd {
  /** The messages of each stream. */
  readonly streams: InvalidateRequest[][] = [];
  acknowledges = true;
  /** A rival's stream takes each one's place as soon as it is acknowledged. */
  hasRival = false;
  private waiting: { isMet: () => boolean; resolve: () => void }[] = [];
  private hangUps: (() => void)[] = [];

  readonly routes = (router: ConnectRouter): void => {
    router.service(FrontService, { invalidate: (requests) => this.serve(requests) });
  };

  get last(): InvalidateRequest[] {
    return this.streams.at(-1) ?? [];
  }

  /** A way to it without a network. */
  readonly dial = (): Connection => ({ transport: createRouterTransport(this.routes), reset: () => undefined });

  /** Resolves when the condition holds, looked at with each message. */
  async until(isMet: () => boolean): Promise<void> {
    if (isMet()) return;
    await new Promise<void>((resolve) => this.waiting.push({ isMet, resolve }));
  }

  /** Ends every stream, as a process does that is killed. */
  hangUp(): void {
    for (const hangUp of this.hangUps.splice(0)) hangUp();
  }

  private async *serve(requests: AsyncIterable<InvalidateRequest>) {
    const messages: InvalidateRequest[] = [];
    this.streams.push(messages);
    const hungUp = new Promise<"hung up">((resolve) => this.hangUps.push(() => resolve("hung up")));
    const iterator = requests[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([iterator.next(), hungUp]);
      if (next === "hung up" || next.done) return;
      messages.push(next.value);
      if (this.acknowledges) yield { sequence: next.value.sequence };
      this.look();
      if (this.hasRival) throw new ConnectError("a newer stream", Code.AlreadyExists);
    }
  }

  private look(): void {
    const met = this.waiting.filter(({ isMet }) => isMet());
    this.waiting = this.waiting.filter((each) => !met.includes(each));
    for (const { resolve } of met) resolve();
  }
}
