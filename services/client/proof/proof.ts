import type { Clock } from "../../lib/clock.ts";
import type { Address } from "../load/plan.ts";
import { buy, type CheckOutcome, check, findByKey, type Order, type Send } from "../store-api.ts";
import { Asking, type AskingOptions, parseAddress } from "./asking.ts";
import { type Acknowledged, FindingList } from "./findings.ts";
import { Numbers } from "./numbers.ts";
import type { JournalContent, Purchase } from "./read-journal.ts";
import { checkStock, sumSold } from "./stock.ts";

const proofLimits = {
  /** The store decides every purchase within 3 s; what is not there after this long never happens. */
  settleMs: 4_000,
  /** Holes that are told one by one. */
  holesMax: 20,
};

export interface ProofOptions extends AskingOptions {
  /** How a purchase of unknown outcome is resolved: looked up by its key, or sent again with it. */
  readonly resolve: "lookup" | "repeat";
  /** When the last purchase was sent at the latest, on the world's clock. */
  readonly lastPurchaseMs: number;
  /** Nobody else has bought up to now, not only while the run lasted (see the journal's head). */
  readonly exclusiveUntilNow: boolean;
}

export interface ProofWorld {
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
  /** Milliseconds of the Unix epoch, to be compared with the journal's start. */
  readonly epochMs: () => number;
  /** A look-up was answered after so many milliseconds; or it was not, at last. */
  readonly onLookUp: (answered: boolean, tookMs: number) => void;
  readonly onProgress: (done: number, of: number) => void;
}

/** What came out; report/report.ts explains the numbers. */
export interface ProofResult {
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  happened: number;
  didNotHappen: number;
  verified: number;
  foreign: number;
  stockChecked: number;
  readonly holes: string[];
  readonly notes: string[];
  readonly findings: FindingList;
}

/** Proves that the store keeps what a journal says it acknowledged. */
export class Proof {
  private readonly findings = new FindingList();
  private readonly result: ProofResult;
  private readonly askings: readonly Asking[];
  private readonly acknowledged: Acknowledged[] = [];
  private readonly numbers = new Numbers();

  constructor(
    private readonly content: JournalContent,
    targets: readonly Address[],
    private readonly options: ProofOptions,
    private readonly world: ProofWorld,
  ) {
    this.askings = targets.map((target) => new Asking(target, options, world));
    const outcomes = [...content.purchases.values()].map(({ outcome }) => outcome.type);
    const count = (type: Purchase["outcome"]["type"]): number => outcomes.filter((at) => at === type).length;
    this.result = {
      acknowledged: count("acknowledged"),
      refused: count("refused"),
      unknown: count("unknown"),
      happened: 0,
      didNotHappen: 0,
      verified: 0,
      foreign: 0,
      stockChecked: 0,
      holes: [],
      notes: [],
      findings: this.findings,
    };
  }

  /** Asks the store everything; what could not be asked is a hole. */
  async run(): Promise<ProofResult> {
    try {
      this.noteJournal();
      this.takeAcknowledged();
      await this.resolveUnknown();
      await this.readBack();
      await this.checkKeys();
      await this.checkNumbers();
      await this.checkStock();
      if (this.world.stopped()) this.result.holes.push("interrupted before everything was checked");
      return this.result;
    } finally {
      for (const asking of this.askings) asking[Symbol.dispose]();
    }
  }

  private noteJournal(): void {
    const { unreadableLines } = this.content;
    if (unreadableLines.length === 0) return;
    const lines = unreadableLines.slice(0, 5).join(", ");
    this.result.notes.push(`the journal has ${unreadableLines.length} cut off or damaged lines (line ${lines})`);
  }

  private takeAcknowledged(): void {
    for (const { key, name, quantity, outcome } of this.content.purchases.values()) {
      if (outcome.type === "acknowledged") this.acknowledge({ key, name, quantity, number: outcome.number });
    }
  }

  private acknowledge(order: Acknowledged): void {
    this.acknowledged.push(order);
    const first = this.numbers.give(order);
    if (first !== undefined) this.findings.add({ type: "duplicate", first, second: order });
  }

  private async resolveUnknown(): Promise<void> {
    const unknown = [...this.content.purchases.values()].filter(({ outcome }) => outcome.type === "unknown");
    if (unknown.length === 0) return;
    const waitMs = this.options.lastPurchaseMs + proofLimits.settleMs - this.world.clock.now();
    if (waitMs > 0) await this.world.pause(waitMs);
    await this.first.each(unknown, (send, purchase) => this.resolveOne(send, purchase));
  }

  private async resolveOne(send: Send, { key, name, quantity }: Purchase): Promise<void> {
    if (this.options.resolve === "repeat") {
      const outcome = await buy(send, { key, name, quantity });
      if (outcome.type === "bought") this.found({ key, name, quantity, number: outcome.number });
      else if (outcome.type === "out-of-stock") this.result.didNotHappen++;
      else this.hole(`the purchase with key ${key} could not be repeated: ${outcome.kind}`);
      return;
    }
    const outcome = await this.measured(() => findByKey(send, key));
    if (outcome.type === "error") this.hole(`the purchase with key ${key} could not be looked up: ${outcome.kind}`);
    else if (outcome.type === "not-found") this.result.didNotHappen++;
    else {
      this.found({ ...outcome.order, key });
      if (outcome.order.name === name && outcome.order.quantity === quantity) return;
      this.findings.add({ type: "wrong key", key, wanted: `${quantity} ${name}`, shown: outcome.order });
    }
  }

  private found(order: Acknowledged): void {
    this.result.happened++;
    this.acknowledge(order);
  }

  /** Every order, at every front-end, exactly as it was bought. */
  private async readBack(): Promise<void> {
    const bad = new Set<Acknowledged>();
    const total = this.acknowledged.length * this.askings.length;
    let done = 0;
    for (const asking of this.askings) {
      await asking.each(this.acknowledged, async (send, order) => {
        if (!(await this.readOne(asking, send, order))) bad.add(order);
        this.world.onProgress(++done, total);
      });
    }
    const checkedAll = done === total;
    this.result.verified = checkedAll
      ? this.acknowledged.length - bad.size
      : Math.max(0, this.fullyRead(done) - bad.size);
  }

  /** Orders that every front-end was asked about, when the reading stopped after `done` look-ups. */
  private fullyRead(done: number): number {
    return Math.max(0, done - this.acknowledged.length * (this.askings.length - 1));
  }

  private async readOne(asking: Asking, send: Send, order: Acknowledged): Promise<boolean> {
    const outcome = await this.measured(() => check(send, order.number));
    if (outcome.type === "error")
      this.hole(`order ${order.number} could not be read at ${asking.name}: ${outcome.kind}`);
    else if (outcome.type === "not-found") this.findings.add({ type: "lost", order, at: asking.name });
    else if (!isSameOrder(outcome.order, order)) {
      this.findings.add({ type: "changed", order, shown: outcome.order, at: asking.name });
    } else return true;
    return false;
  }

  /** A purchase that was sent more than once must have happened once, and under the number that was told. */
  private async checkKeys(): Promise<void> {
    const repeated = [...this.content.purchases.values()].filter(
      ({ outcome }) => outcome.type !== "unknown" && outcome.attempts > 1,
    );
    await this.first.each(repeated, async (send, { key, name, quantity, outcome }) => {
      const found = await this.measured(() => findByKey(send, key));
      if (found.type === "error") this.hole(`key ${key} could not be looked up: ${found.kind}`);
      if (outcome.type === "refused" && found.type === "order") {
        const wanted = `${quantity} ${name}, which was refused as out of stock,`;
        this.findings.add({ type: "wrong key", key, wanted, shown: found.order });
      }
      if (outcome.type !== "acknowledged") return;
      const order = { key, name, quantity, number: outcome.number };
      if (found.type === "not-found") this.findings.add({ type: "lost", order, at: `${this.first.name} (by its key)` });
      else if (found.type === "order" && !isSameOrder(found.order, order)) {
        this.findings.add({ type: "twice", order, shown: found.order, at: this.first.name });
      }
    });
  }

  /** Numbers have no gaps; those that are not this run's are other buyers', unless there are none. */
  private async checkNumbers(): Promise<void> {
    const { exclusive, lastNumber } = this.content.head;
    const { missing, tooMany } = this.numbers.missing(lastNumber);
    if (tooMany > 0) this.hole(`${tooMany} numbers between this run's orders were not looked up`);
    const above = this.numbers.highest;
    await this.first.each(missing, async (send, number) => {
      const outcome = await this.measured(() => check(send, number));
      if (outcome.type === "error") this.hole(`order ${number} could not be looked up: ${outcome.kind}`);
      else if (outcome.type === "order") this.takeForeign(outcome.order, exclusive);
      else this.findings.add({ type: "gap", number, above, at: this.first.name });
    });
    await this.lookBeyond();
  }

  /** An order executed twice has its second number behind the first, perhaps behind all. */
  private async lookBeyond(): Promise<void> {
    if (!this.options.exclusiveUntilNow || this.acknowledged.length === 0) return;
    const next = this.numbers.highest + 1;
    const outcome = await this.first.one((send) => check(send, next));
    if (outcome.type === "order") this.takeForeign(outcome.order, true);
  }

  private takeForeign(shown: Order, exclusive: boolean): void {
    this.result.foreign++;
    if (exclusive) this.findings.add({ type: "foreign", shown, at: this.first.name });
  }

  private async checkStock(): Promise<void> {
    const { head } = this.content;
    const { foreign, holes, notes } = this.result;
    const ownLast = Math.max(this.numbers.highest, head.lastNumber ?? -1);
    const unclear = holes.length > 0 ? "not every order is known" : foreign > 0 ? "others bought meanwhile" : undefined;
    const elapsedMs = this.world.epochMs() - head.startedAt;
    const before = {
      head,
      ownLast,
      sold: sumSold(this.acknowledged),
      unclear,
      elapsedMs,
      exclusive: this.options.exclusiveUntilNow,
    };
    for (const asking of this.askings) {
      const checked = await checkStock(asking, before);
      if ("reason" in checked) notes.push(`the stock was not checked at ${asking.name}: ${checked.reason}`);
      else {
        this.result.stockChecked = checked.fitting;
        for (const account of checked.wrong) this.findings.add({ type: "stock", account });
      }
    }
  }

  private async measured(ask: () => Promise<CheckOutcome>): Promise<CheckOutcome> {
    const startMs = this.world.clock.now();
    const outcome = await ask();
    this.world.onLookUp(outcome.type !== "error", this.world.clock.now() - startMs);
    return outcome;
  }

  /** Nothing is a hole that only an interruption left unasked: that is said once. */
  private hole(what: string): void {
    const { holes } = this.result;
    if (this.world.stopped() || holes.length > proofLimits.holesMax) return;
    holes.push(holes.length < proofLimits.holesMax ? what : "and more");
  }

  private get first(): Asking {
    const [first] = this.askings;
    if (first === undefined) throw new Error("a proof needs a front-end");
    return first;
  }
}

/** Front-ends named in a journal. */
export function addressesOf(names: readonly string[]): Address[] {
  return names.flatMap((name) => parseAddress(name) ?? []);
}

/** Whether an order reads back as it was bought. */
function isSameOrder(shown: Order, bought: Order): boolean {
  return shown.number === bought.number && shown.name === bought.name && shown.quantity === bought.quantity;
}
