import { Ring } from "./ring.ts";
import { type Span, SpanCounter } from "./span.ts";

/** What a crowd of clients does; given to its process as JSON. */
export interface CrowdPlan {
  readonly port: number;
  /** Opened before the first request. */
  readonly connections: number;
  /** Arrivals a second, whether or not those before are answered; 0: each connection asks again when it is answered. */
  readonly rate: number;
  readonly seconds: number;
  /** What was seen is told so often. */
  readonly reportMs: number;
  /** A client that has waited for so long leaves: its connection is closed, and a new one opened. */
  readonly patienceMs: number;
  /** The bytes of the request, the same each time. */
  readonly request: string;
}

interface Client {
  socket: Bun.Socket<Client> | undefined;
  /** When it sent the request that is unanswered; 0: there is none. */
  sentAtMs: number;
}

const tickMs = 1;
/** So many connections are opened at a time: the server's queue of new ones has an end. */
const openingMax = 200;

/**
 * Many clients, each on a connection of its own and with one request at a time,
 * that all send the same. A request costs little here, since the crowd shares
 * the machine with the store: one write, and of a reply only what is looked for
 * is read.
 */
export class Crowd {
  private readonly request: Buffer;
  private readonly free = new Ring<Client>();
  /** In the order in which they sent; answered ones leave it when their turn comes. */
  private readonly sent = new Ring<{ readonly client: Client; readonly atMs: number }>();
  private readonly clients: Client[] = [];
  private readonly counter = new SpanCounter();
  private isOver = false;

  constructor(
    private readonly plan: CrowdPlan,
    private readonly report: (span: Span) => void,
  ) {
    this.request = Buffer.from(plan.request, "latin1");
  }

  /** Opens every connection. */
  async open(): Promise<void> {
    const { connections } = this.plan;
    for (let from = 0; from < connections; from += openingMax) {
      const few = Array.from({ length: Math.min(openingMax, connections - from) }, () => this.connect());
      await Promise.all(few);
    }
  }

  /** Resolves when the time is over; what is unanswered then is not counted. */
  async run(): Promise<void> {
    const { rate, seconds, reportMs } = this.plan;
    const startMs = performance.now();
    this.counter.take();
    let arrivals = 0;
    let reports = 1;
    if (rate === 0)
      for (let client = this.free.take(); client !== undefined; client = this.free.take()) this.send(client);
    for (let ms = 0; ms < seconds * 1_000; ms = performance.now() - startMs) {
      for (const due = Math.floor((ms / 1_000) * rate); arrivals < due; arrivals++) this.arrive();
      this.expire();
      if (ms >= reports * reportMs) {
        reports++;
        this.report(this.counter.take());
      }
      await Bun.sleep(tickMs);
    }
    this.report(this.counter.take());
    this.isOver = true;
    for (const { socket } of this.clients) socket?.terminate();
  }

  private arrive(): void {
    const client = this.free.take();
    if (client === undefined) this.counter.unsent++;
    else this.send(client);
  }

  private send(client: Client): void {
    const atMs = performance.now();
    client.sentAtMs = atMs;
    this.sent.put({ client, atMs });
    this.counter.offered++;
    if (client.socket?.write(this.request) !== this.request.length) this.leave(client, "broken");
  }

  /** A reply is so short that it comes in one piece. */
  private take(client: Client, reply: Buffer): void {
    if (client.sentAtMs === 0) return;
    this.counter.count(reply, performance.now() - client.sentAtMs);
    client.sentAtMs = 0;
    if (this.plan.rate === 0 && !this.isOver) this.send(client);
    else this.free.put(client);
  }

  private expire(): void {
    const oldMs = performance.now() - this.plan.patienceMs;
    for (let first = this.sent.first; first !== undefined; first = this.sent.first) {
      const isAnswered = first.client.sentAtMs !== first.atMs;
      if (!isAnswered && first.atMs > oldMs) return;
      this.sent.take();
      if (!isAnswered) this.leave(first.client, "late");
    }
  }

  private leave(client: Client, how: "late" | "broken"): void {
    this.counter[how]++;
    client.sentAtMs = 0;
    client.socket?.terminate();
  }

  private async connect(): Promise<void> {
    const client: Client = { socket: undefined, sentAtMs: 0 };
    const closed = (): void => this.onClosed(client);
    client.socket = await Bun.connect<Client>({
      hostname: "127.0.0.1",
      port: this.plan.port,
      data: client,
      socket: {
        data: (socket, reply) => this.take(socket.data, reply),
        close: closed,
        error: closed,
      },
    });
    this.clients.push(client);
    this.free.put(client);
  }

  private onClosed(client: Client): void {
    if (this.isOver || client.socket === undefined) return;
    if (client.sentAtMs !== 0) this.counter.broken++;
    client.sentAtMs = 0;
    client.socket = undefined;
    this.free.remove(client);
    this.connect().then(
      () => undefined,
      () => void this.counter.broken++,
    );
  }
}
