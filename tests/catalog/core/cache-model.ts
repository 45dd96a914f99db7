import type { FrontId, Invalidation, Query, QueryReply } from "../../../services/catalog/core/types.ts";
import { type Random, randomBetween, randomInt } from "../../../services/lib/random.ts";

/** What a read has to show, since somebody had been told of it when it began. */
interface Bound {
  /** The version, at least. */
  readonly version: number;
  /** How many are left, at most. */
  readonly quantity: number;
}

/** A read under way. */
interface Read extends Query {
  readonly bound: Bound;
  mayCache: boolean;
}

/** Whatever takes time to arrive. */
export class Mail {
  private letters: { readonly atMs: number; readonly open: () => void }[] = [];

  send(atMs: number, open: () => void): void {
    this.letters.push({ atMs, open });
  }

  deliver(nowMs: number): void {
    const due = this.letters.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
    this.letters = this.letters.filter(({ atMs }) => atMs > nowMs);
    for (const { open } of due) open();
  }
}

export interface World {
  readonly random: Random;
  readonly mail: Mail;
  /** What anyone was told of a product, as a version. */
  readonly told: Map<string, number>;
  /** What the acknowledged purchases of a product have left. */
  left(product: string): number;
  ask(front: CachingFrontEnd, query: Query): void;
  acknowledge(front: FrontId, sequence: number): void;
}

/** A front-end's cache, as design and front.proto ask for it, on a clock of its own rate. */
export class CachingFrontEnd {
  private readonly cache = new Map<string, QueryReply>();
  private readonly reads = new Map<number, Read>();
  private readonly acknowledgedAtMs = new Map<number, number>();
  private leaseUntilMs = Number.NEGATIVE_INFINITY;
  private stream: FrontId | undefined;
  private lastRead = 0;
  /** It neither hears nor says anything before; what is sent to it waits. */
  pausedUntilMs = 0;
  cachedReads = 0;
  /** Each later than the one before: a stream keeps its order. */
  private arrivesMs = 0;
  private leavesMs = 0;

  constructor(
    private readonly world: World,
    /** Its seconds in a true second. */
    private readonly rate: number,
  ) {}

  send(nowMs: number, stream: FrontId, message: Invalidation): void {
    this.arrivesMs = Math.max(this.arrivesMs, nowMs + this.delay());
    this.receiveAt(this.arrivesMs, (atMs) => this.invalidate(atMs, stream, message));
  }

  reply(nowMs: number, reply: QueryReply): void {
    this.receiveAt(nowMs + this.delay(), () => this.answer(reply));
  }

  /** Reads a product, from its cache if it may. */
  read(nowMs: number, product: string): void {
    if (nowMs < this.pausedUntilMs) return;
    const bound = { version: this.world.told.get(product) ?? 0, quantity: this.world.left(product) };
    const cached = nowMs * this.rate < this.leaseUntilMs ? this.cache.get(product) : undefined;
    if (cached !== undefined) {
      this.cachedReads += 1;
      return this.tell(product, cached, bound);
    }
    this.lastRead += 1;
    const read = { id: this.lastRead, product, bound, mayCache: true };
    this.reads.set(read.id, read);
    this.world.mail.send(nowMs + this.delay(), () => this.world.ask(this, read));
  }

  private receiveAt(atMs: number, open: (atMs: number) => void): void {
    this.world.mail.send(atMs, () => {
      if (atMs < this.pausedUntilMs) this.receiveAt(this.pausedUntilMs, open);
      else open(atMs);
    });
  }

  private invalidate(nowMs: number, stream: FrontId, message: Invalidation): void {
    if (this.stream !== undefined && stream < this.stream) return;
    if (stream !== this.stream) this.begin(stream);
    for (const product of message.products) this.drop(product);
    const since = this.acknowledgedAtMs.get(message.echo);
    if (message.lease && since !== undefined) this.leaseUntilMs = Math.max(this.leaseUntilMs, since + 400);
    this.acknowledgedAtMs.set(message.sequence, nowMs * this.rate);
    this.leavesMs = Math.max(this.leavesMs, nowMs + this.delay());
    this.world.mail.send(this.leavesMs, () => this.world.acknowledge(stream, message.sequence));
  }

  private begin(stream: FrontId): void {
    this.stream = stream;
    this.cache.clear();
    this.acknowledgedAtMs.clear();
    this.leaseUntilMs = Number.NEGATIVE_INFINITY;
    for (const read of this.reads.values()) read.mayCache = false;
  }

  private drop(product: string): void {
    this.cache.delete(product);
    for (const read of this.reads.values()) if (read.product === product) read.mayCache = false;
  }

  private answer(reply: QueryReply): void {
    const read = this.reads.get(reply.id);
    if (read === undefined) return;
    this.reads.delete(reply.id);
    if (read.mayCache) this.cache.set(read.product, reply);
    this.tell(read.product, reply, read.bound);
  }

  private tell(product: string, { version, quantity }: QueryReply, bound: Bound): void {
    if (version < bound.version || quantity > bound.quantity) {
      const was = `${quantity} of version ${version}`;
      throw new Error(`${product}: ${was} was read where ${bound.quantity} of ${bound.version} had been told`);
    }
    this.world.told.set(product, Math.max(version, this.world.told.get(product) ?? 0));
  }

  /** Mostly short, now and then longer than anyone is patient. */
  private delay(): number {
    const { random } = this.world;
    return randomInt(random, 20) === 0 ? randomBetween(random, 10, 300) : randomBetween(random, 0, 10);
  }
}
