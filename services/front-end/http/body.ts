/** What a request's body turned out to be. */
export type Body =
  | { readonly type: "text"; readonly text: string }
  /** Neither its length nor chunks are announced. */
  | { readonly type: "no-length" }
  | { readonly type: "too-large" }
  /** It had not ended when its time was over. */
  | { readonly type: "too-slow" }
  /** More headers are to follow the chunks. Bun takes none, and says so only when it has given the whole body. */
  | { readonly type: "trailer" }
  /** Not UTF-8, or broken off. */
  | { readonly type: "malformed" };

export interface BodyLimits {
  readonly bytesMax: number;
  readonly timeoutMs: number;
}

interface Reading {
  readonly deadlineMs: number;
  readonly giveUp: () => void;
}

/**
 * Reads bodies, never more than a limit of bytes and of time. The time limits of
 * all are looked after together by `tick`; a timer each would cost more than the
 * reading.
 */
export class BodyReader {
  private readonly readings = new Set<Reading>();
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });

  constructor(
    private readonly limits: BodyLimits,
    private readonly now: () => number,
  ) {}

  /** Never rejects. Written without async: each purchase passes here, and every await costs it. */
  read(request: Request): Promise<Body> {
    const length = request.headers.get("content-length");
    if (length === null && request.headers.get("transfer-encoding") === null) return noLength;
    if (length !== null && Number(length) > this.limits.bytesMax) return tooLarge;
    return new Promise((resolve) => {
      const finish = (body: Body): void => {
        this.readings.delete(reading);
        resolve(body);
      };
      const giveUp = (): void => finish({ type: "too-slow" });
      const reading = { deadlineMs: this.now() + this.limits.timeoutMs, giveUp };
      this.readings.add(reading);
      if (length === null) void this.readChunks(request).then(finish);
      else
        request.bytes().then(
          (bytes) => finish(this.decode(bytes)),
          () => finish(malformed),
        );
    });
  }

  /** Gives up on what has taken too long. */
  tick(): void {
    const nowMs = this.now();
    for (const reading of this.readings) {
      // The oldest are first.
      if (reading.deadlineMs > nowMs) return;
      reading.giveUp();
    }
  }

  /** Does not reject. */
  private async readChunks(request: Request): Promise<Body> {
    if (request.headers.has("trailer")) return { type: "trailer" };
    const stream: ReadableStream<Uint8Array> | null = request.body;
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    try {
      for await (const piece of stream ?? []) {
        bytes += piece.length;
        // Leaving the loop cancels the rest.
        if (bytes > this.limits.bytesMax) return { type: "too-large" };
        pieces.push(piece);
      }
      // What follows the last chunk may be malformed: Bun then answers 400 by itself, within the turn.
      await turn();
      if (request.signal.aborted) return malformed;
      return this.decode(Buffer.concat(pieces));
    } catch {
      return malformed;
    }
  }

  private decode(bytes: Uint8Array): Body {
    try {
      return { type: "text", text: this.decoder.decode(bytes) };
    } catch {
      return malformed;
    }
  }
}

const turn = async (): Promise<void> => await new Promise((resolve) => void setImmediate(resolve));
const malformed: Body = { type: "malformed" };
const noLength = Promise.resolve<Body>({ type: "no-length" });
const tooLarge = Promise.resolve<Body>({ type: "too-large" });
