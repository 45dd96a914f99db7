import { connect, createServer, type Server, type Socket } from "node:net";

/** From the one who dialled, or back to it. */
export type Direction = "there" | "back";

/** The two ends of one connection. */
interface Pair {
  readonly near: Socket;
  /** Undefined: not dialled yet. */
  far: Socket | undefined;
  /** What was held back, by direction, in order. */
  readonly held: Record<Direction, Buffer[]>;
}

/**
 * Stands between two processes and can lose the way between them, in one
 * direction or both. What flows in a lost direction is held back and delivered
 * when the way is there again, as TCP does after a partition: late messages of
 * old connections are part of the fault. A connection can be made only while
 * both directions are there.
 */
export class TcpProxy implements AsyncDisposable {
  private readonly pairs = new Set<Pair>();
  private readonly lost = new Set<Direction>();
  private isCut = false;

  private constructor(
    private readonly server: Server,
    private readonly target: { readonly host: string; readonly port: number },
  ) {}

  /** Listens on a free port of 127.0.0.1. */
  static async to(port: number, host = "127.0.0.1"): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new TcpProxy(server, { host, port });
    server.on("connection", (near) => proxy.accept(near));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return address.port;
  }

  /** Holds back whatever goes in this direction, from now on. */
  lose(direction: Direction): void {
    this.lost.add(direction);
  }

  /** Breaks every connection; new ones are broken at once. */
  cut(): void {
    this.isCut = true;
    for (const pair of [...this.pairs]) this.drop(pair);
  }

  /** The way is there again; what was held back is delivered. */
  heal(): void {
    this.isCut = false;
    this.lost.clear();
    for (const pair of this.pairs) {
      if (pair.far === undefined) this.dial(pair);
      else for (const direction of ["there", "back"] as const) release(pair, direction);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.server.close(() => resolve()));
    this.cut();
    await closed;
  }

  private accept(near: Socket): void {
    const pair: Pair = { near, far: undefined, held: { there: [], back: [] } };
    near.on("error", () => this.drop(pair));
    near.on("close", () => this.drop(pair));
    if (this.isCut) {
      near.destroy();
      return;
    }
    this.pairs.add(pair);
    this.carry(pair, "there");
    if (this.lost.size === 0) this.dial(pair);
  }

  private dial(pair: Pair): void {
    const far = connect({ ...this.target, allowHalfOpen: true });
    pair.far = far;
    far.on("error", () => this.drop(pair));
    far.on("close", () => this.drop(pair));
    this.carry(pair, "back");
    release(pair, "there");
  }

  private carry(pair: Pair, direction: Direction): void {
    const from = direction === "there" ? pair.near : pair.far;
    from?.setNoDelay(true);
    from?.on("data", (bytes: Buffer) => {
      if (this.lost.has(direction) || receiver(pair, direction) === undefined) pair.held[direction].push(bytes);
      else send(pair, direction, bytes);
    });
    // An end is not carried over by itself: what the services use is ended on both sides at once.
    from?.on("end", () => this.drop(pair));
  }

  private drop(pair: Pair): void {
    this.pairs.delete(pair);
    pair.near.destroy();
    pair.far?.destroy();
  }
}

function receiver(pair: Pair, direction: Direction): Socket | undefined {
  return direction === "there" ? pair.far : pair.near;
}

function send(pair: Pair, direction: Direction, bytes: Buffer): void {
  const to = receiver(pair, direction);
  const from = direction === "there" ? pair.near : pair.far;
  if (to === undefined || to.write(bytes)) return;
  from?.pause();
  to.once("drain", () => from?.resume());
}

function release(pair: Pair, direction: Direction): void {
  for (const bytes of pair.held[direction].splice(0)) send(pair, direction, bytes);
}
