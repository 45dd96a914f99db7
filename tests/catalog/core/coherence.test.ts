import { describe, expect, test } from "bun:test";
import type { CallerId, FrontId, Image, SessionId } from "../../../services/catalog/core/types.ts";
import { type Random, randomBetween, randomInt, seededRandom } from "../../../services/lib/random.ts";
import { CachingFrontEnd, Mail, type World } from "./cache-model.ts";
import { Desk } from "./desk.ts";

const products = ["Tux", "Whale", "Lego"];
const session = 1 as SessionId;

/**
 * A catalog, three front-ends with caches, and a leader that reserves; messages are
 * late, streams break, front-ends stand still for a while, their clocks differ by
 * up to 5 %, and the catalog is restarted. A read that begins after anyone was told
 * of a change, by an answer to a purchase or by another read, must show it.
 */
class Town implements World {
  readonly mail = new Mail();
  readonly told = new Map<string, number>();
  private desk: Desk;
  private nowMs = 0;
  /** The catalog's time when it was started. */
  private startedMs = 0;
  private readonly fronts: CachingFrontEnd[];
  private streams = new Map<FrontId, CachingFrontEnd>();
  private lastStream = 0;
  private lastTicket = 0;
  private readonly wanted = new Map<number, string>();
  answered = 0;

  constructor(readonly random: Random) {
    this.desk = this.newDesk();
    this.fronts = [0.95, 1, 1.05].map((rate) => new CachingFrontEnd(this, rate));
    this.connect();
  }

  get cachedReads(): number {
    return this.fronts.reduce((sum, front) => sum + front.cachedReads, 0);
  }

  live(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.nowMs += 5) {
      this.mail.deliver(this.nowMs);
      this.happen();
      for (const front of this.fronts) front.read(this.nowMs, this.any(products));
      this.turn({ type: "tick" }, { type: "session-work", session, work: this.work() });
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
    if (dice < 4) this.reconnect(this.any(this.fronts));
    else if (dice < 7) this.any(this.fronts).pausedUntilMs = this.nowMs + randomBetween(this.random, 0, 900);
  }

  private newDesk(image?: Image): Desk {
    return new Desk({ Tux: 1_000, Whale: 30, Lego: 3 }, false, image);
  }

  private connect(): void {
    this.turn({ type: "session-open", session, storeId: "s", fence: { term: 1, session: ++this.lastStream } });
    for (const front of this.fronts) this.reconnect(front);
  }

  private restart(): void {
    this.sync();
    this.desk = this.newDesk(this.desk.catalog.image());
    this.startedMs = this.nowMs;
    this.streams.clear();
    this.wanted.clear();
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

  private work() {
    if (randomInt(this.random, 4) > 0) return { settles: [], returns: [], reserves: [] };
    this.lastTicket += 1;
    const product = this.any(products);
    this.wanted.set(this.lastTicket, product);
    const reserve = { ticket: this.lastTicket, key: `c:${this.lastTicket}`, product, quantity: 1 };
    return { settles: [], returns: [], reserves: [reserve] };
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
      for (const reply of replies) this.fronts[caller]?.reply(this.nowMs, reply);
    }
    for (const { ticket } of this.desk.replies) this.bought(ticket);
  }

  private closed(stream: FrontId): void {
    const front = this.streams.get(stream);
    this.streams.delete(stream);
    if (front !== undefined) this.mail.send(this.nowMs + 30, () => this.reconnect(front));
  }

  /** Whatever the code: the answer tells how the product stood. */
  private bought(ticket: number): void {
    const product = this.wanted.get(ticket);
    if (product === undefined) return;
    this.answered += 1;
    const change = this.desk.log.find((each) => each.type === "reserve" && each.key === `c:${ticket}`);
    if (change !== undefined) this.told.set(product, Math.max(change.version, this.told.get(product) ?? 0));
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
