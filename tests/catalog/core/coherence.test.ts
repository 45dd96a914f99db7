import { describe, expect, test } from "bun:test";
import type {
  CallerId,
  FrontId,
  QueryReply,
  Reserve,
  SessionId,
  Version,
  Work,
} from "../../../services/catalog/core/types.ts";
import { type Random, randomBetween, randomInt, seededRandom } from "../../../services/lib/random.ts";
import { CachingFrontEnd, Mail, type World } from "./cache-model.ts";
import { Desk } from "./desk.ts";

const stock: Readonly<Record<string, number>> = { Tux: 1_000, Whale: 30, Lego: 3 };
const products = Object.keys(stock);

/**
 * A catalog, three front-ends with caches, and a leader that reserves; messages are
 * late, streams break, front-ends stand still for a while, their clocks differ by
 * up to 5 %, leaders change, and the catalog is restarted. A read that begins after
 * anyone was told of a change, by an answer to a purchase or by another read, must
 * show it.
 */
class Town implements World {
  readonly mail = new Mail();
  readonly told = new Map<string, number>();
  private desk = new Desk(stock, false);
  private nowMs = 0;
  /** The catalog's time when it was started. */
  private startedMs = 0;
  /** Added to its versions, which count anew with each start. */
  private versionsBefore = 0;
  private readonly fronts: CachingFrontEnd[];
  private streams = new Map<FrontId, CachingFrontEnd>();
  private lastStream = 0;
  private session = 0 as SessionId;
  private isReplayed = false;
  private lastTicket = 0;
  private readonly wanted = new Map<number, Reserve>();
  /** Purchases that were acknowledged: every leader has them in its log. */
  private readonly acknowledged: Reserve[] = [];
  answered = 0;

  constructor(readonly random: Random) {
    this.fronts = [0.95, 1, 1.05].map((rate) => new CachingFrontEnd(this, rate));
    this.connect();
  }

  get cachedReads(): number {
    return this.fronts.reduce((sum, front) => sum + front.cachedReads, 0);
  }

  left(product: string): number {
    const sold = this.acknowledged.filter((each) => each.product === product).length;
    return (stock[product] ?? 0) - sold;
  }

  live(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.nowMs += 5) {
      this.mail.deliver(this.nowMs);
      this.happen();
      for (const front of this.fronts) front.read(this.nowMs, this.any(products));
      this.turn({ type: "tick" }, this.work(this.isReplayed ? this.reserves() : {}));
      if (randomInt(this.random, 3) > 0) this.sync();
    }
  }

  ask(front: CachingFrontEnd, query: { id: number; product: string }): void {
    this.turn({ type: "queries", caller: this.fronts.indexOf(front) as CallerId, queries: [query] });
  }

  acknowledge(front: FrontId, sequence: number): void {
    if (this.streams.has(front)) this.turn({ type: "front-acknowledged", front, sequence });
  }

  private happen(): void {
    const dice = randomInt(this.random, 400);
    if (dice === 0) this.restart();
    if (dice === 7) this.lead();
    if (dice < 4) this.reconnect(this.any(this.fronts));
    else if (dice < 7) this.any(this.fronts).pausedUntilMs = this.nowMs + randomBetween(this.random, 0, 900);
  }

  private connect(): void {
    this.lead();
    for (const front of this.fronts) this.reconnect(front);
  }

  /** Somebody leads from now on; what was not acknowledged yet is lost. */
  private lead(): void {
    this.wanted.clear();
    this.isReplayed = false;
    this.session = (this.session + 1) as SessionId;
    const fence = { term: 1, session: this.session };
    this.turn({ type: "session-open", session: this.session, storeId: "s", fence });
  }

  private restart(): void {
    this.versionsBefore += this.desk.version;
    this.desk = this.desk.restarted();
    this.startedMs = this.nowMs;
    this.streams.clear();
    this.connect();
  }

  private reconnect(front: CachingFrontEnd): void {
    for (const [stream, other] of this.streams) {
      if (other !== front) continue;
      this.streams.delete(stream);
      this.turn({ type: "front-gone", front: stream });
    }
    this.lastStream += 1;
    const stream = this.lastStream as FrontId;
    this.streams.set(stream, front);
    this.turn({ type: "front-opened", front: stream, address: `front:${this.fronts.indexOf(front)}` });
  }

  private work(work: Partial<Work>) {
    const all = { settles: [], returns: [], reserves: [], ...work };
    return { type: "session-work", session: this.session, work: all } as const;
  }

  private reserves(): Partial<Work> {
    if (randomInt(this.random, 4) > 0) return {};
    this.lastTicket += 1;
    const ticket = this.lastTicket;
    const reserve = { ticket, key: `c:${ticket}`, product: this.any(products), quantity: 1 };
    this.wanted.set(ticket, reserve);
    return { reserves: [reserve] };
  }

  private turn(...events: Parameters<Desk["take"]>): void {
    this.desk.nowMs = this.nowMs - this.startedMs;
    this.desk.take(...events);
    this.perform();
  }

  private sync(): void {
    this.desk.effects = [];
    this.desk.sync();
    this.perform();
  }

  private perform(): void {
    for (const { front, message } of this.desk.of("invalidate")) {
      this.streams.get(front)?.send(this.nowMs, front, message);
    }
    for (const { front } of this.desk.of("front-close")) this.closed(front);
    for (const { caller, replies } of this.desk.of("query-replies")) {
      for (const reply of replies) this.fronts[caller]?.reply(this.nowMs, this.numbered(reply));
    }
    for (const { ticket } of this.desk.replies) this.bought(ticket);
    if (this.desk.opened === undefined) return;
    this.isReplayed = true;
    this.turn(this.work({ reserves: this.acknowledged, replayed: true }));
  }

  private closed(stream: FrontId): void {
    const front = this.streams.get(stream);
    this.streams.delete(stream);
    if (front !== undefined) this.mail.send(this.nowMs + 30, () => this.reconnect(front));
  }

  /** So that what a catalog says after a start is newer than all that was said before. */
  private numbered(reply: QueryReply): QueryReply {
    return { ...reply, version: (reply.version + this.versionsBefore) as Version };
  }

  /** Whatever the code: the answer tells how the product stood. */
  private bought(ticket: number): void {
    const reserve = this.wanted.get(ticket);
    if (reserve === undefined) return;
    this.answered += 1;
    const held = this.desk.reserved.find(({ key }) => key === reserve.key);
    if (held === undefined) return;
    this.acknowledged.push(reserve);
    const version = held.version + this.versionsBefore;
    this.told.set(reserve.product, Math.max(version, this.told.get(reserve.product) ?? 0));
  }

  private any<T>(list: readonly T[]): T {
    const one = list[randomInt(this.random, list.length)];
    if (one === undefined) throw new Error("nothing to choose from");
    return one;
  }
}

describe("caches of several front-ends", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("never show what is older than anyone was told (%p)", (part) => {
    let cachedReads = 0;
    let answered = 0;
    for (let seed = part * 100; seed < part * 100 + 8; seed++) {
      const town = new Town(seededRandom(seed));
      town.live(6_000);
      cachedReads += town.cachedReads;
      answered += town.answered;
    }
    expect(cachedReads).toBeGreaterThan(500);
    expect(answered).toBeGreaterThan(500);
  });
});
