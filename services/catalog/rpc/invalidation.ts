import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { FrontService, type InvalidateRequestSchema } from "../../../gen/toystore/front/v1/front_pb.ts";
import { PushQueue } from "../../lib/push-queue.ts";
import { type Random, randomBetween } from "../../lib/random.ts";
import type { Connection } from "../../lib/rpc-client.ts";
import type { CatalogPort } from "../core/callers.ts";
import { limits } from "../core/limits.ts";
import type { Invalidation } from "../core/types.ts";

type Request = MessageInitShape<typeof InvalidateRequestSchema>;

const backoff = { firstMs: 20, mostMs: 1_000 } as const;
/** So many attempts in a row without an answer, some four seconds, are more than a front-end that starts. */
const attemptsUntold = 8;

/** How a stream ended: the front-end had answered on it, had not, or has given its place to a rival. */
type Ending = "live" | "unanswered" | "superseded";

/** Keeps an Invalidate stream to one front-end, for ever. */
export class InvalidationClient {
  private ending: (() => void) | undefined;
  private isClosed = false;
  private readonly running: Promise<void>;

  constructor(
    private readonly options: {
      readonly address: string;
      /** Names this start of the catalog. */
      readonly catalogRun: string;
      readonly catalog: CatalogPort;
      /** A new connection each time: one that is half dead would take the next stream down with it. */
      readonly dial: (address: string) => Connection;
      readonly random: Random;
      /** It has not answered for seconds; once, until it does. */
      readonly onUnreachable: (address: string) => void;
    },
  ) {
    this.running = this.run();
  }

  /** Ends the stream and resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.ending?.();
    await this.running;
  }

  private async run(): Promise<void> {
    let pauseMs: number = backoff.firstMs;
    let unanswered = 0;
    while (!this.isClosed) {
      const ended = await this.stream();
      unanswered = ended === "unanswered" ? unanswered + 1 : 0;
      if (unanswered === attemptsUntold) this.options.onUnreachable(this.options.address);
      pauseMs = ended === "live" ? backoff.firstMs : Math.min(pauseMs * 2, backoff.mostMs);
      if (!this.isClosed) await this.pause(randomBetween(this.options.random, pauseMs / 2, pauseMs));
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.ending = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** One stream, from its beginning to its end. */
  private async stream(): Promise<Ending> {
    const { address, catalog, catalogRun, dial } = this.options;
    const requests = new PushQueue<Request>(limits.streamMessagesMax);
    const dialled = dial(address);
    const abort = new AbortController();
    const end = (): void => {
      requests.end();
      abort.abort();
    };
    this.ending = end;
    const send = (message: Invalidation): boolean => requests.push(requestOf(catalogRun, message));
    const front = catalog.openFront({ send, close: end }, address);
    let ended: Ending = "unanswered";
    try {
      const { invalidate } = FrontService.method;
      const answers = await dialled.transport.stream(invalidate, abort.signal, undefined, undefined, requests);
      for await (const { sequence } of answers.message) {
        ended = "live";
        catalog.acknowledge(front, Number(sequence));
      }
    } catch (error) {
      // However a stream ends, its lease runs out, and it is dialled again; but slowly by a rival for its place.
      if (ConnectError.from(error).code === Code.AlreadyExists) ended = "superseded";
    } finally {
      catalog.closeFront(front);
      end();
      dialled.reset();
    }
    return ended;
  }
}

function requestOf(catalogRun: string, message: Invalidation): Request {
  return {
    sequence: BigInt(message.sequence),
    catalogRun,
    products: [...message.products],
    version: BigInt(message.version),
    lease: message.lease,
    echo: BigInt(message.echo),
  };
}
