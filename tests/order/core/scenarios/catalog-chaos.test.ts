import { expect, test } from "bun:test";
import { type Random, randomInt, seededRandom } from "../../../../services/lib/random.ts";
import { expectAgreement } from "../agreement.ts";
import { type Answer, Cluster, carriesEntries } from "../cluster.ts";

/** A store in which something happens at each step: purchases, and what may befall catalog, leader and network. */
class Chaos {
  /** What is appended and not committed fits into what a replica recovers, as it does with the limits of production. */
  readonly cluster = Cluster.serving({
    settlesMax: 3,
    reservesMax: 2,
    purchasesMax: 8,
    tailEntriesMax: 4,
    cutEntriesMax: 24,
  });
  /** By key; each key is always asked for with the same quantity. */
  private readonly bought = new Map<string, Answer[]>();

  constructor(private readonly random: Random) {}

  step(): void {
    const { cluster, random } = this;
    const { catalog } = cluster;
    const dice = random.float();
    if (dice < 0.4) this.buy();
    else if (dice < 0.48) cluster.crashCatalog(Math.max(0, catalog.settledBelow - randomInt(random, 4)));
    else if (dice < 0.5) cluster.crashCatalog(randomInt(random, catalog.settledBelow + 1));
    else if (dice < 0.55) cluster.cutCatalog();
    else if (dice < 0.65) catalog.isUp = true;
    else if (dice < 0.7) catalog.holdsReplies = true;
    else if (dice < 0.75) catalog.release();
    else if (dice < 0.8) cluster.loses = carriesEntries;
    else if (dice < 0.83) cluster.isolate(this.someone());
    else if (dice < 0.88) cluster.heal();
    else if (dice < 0.91) this.restart(this.someone());
    else cluster.run(randomInt(random, 30) * 10);
    if (cluster.leader === undefined && random.float() < 0.3) cluster.nominate(this.someone());
  }

  /** Everything works again, and comes to rest. */
  recover(): void {
    const { cluster } = this;
    cluster.heal();
    cluster.catalog.release();
    cluster.catalog.isUp = true;
    cluster.run(4000);
    for (let tries = 0; tries < 60 && cluster.leader === undefined; tries++) {
      cluster.nominate(1 + (tries % 3));
      cluster.run(200);
    }
    cluster.run(4000);
  }

  /** What is shown to be there, no acknowledged order takes. */
  expectNothingResurrected(): void {
    const { catalog } = this.cluster;
    if (!catalog.isUp || !catalog.isStockKnown) return;
    let taken = 0;
    for (const answers of this.bought.values()) {
      taken += answers.find(({ number }) => number !== undefined)?.reply?.order?.quantity ?? 0;
    }
    expect(catalog.quantity("Tux")).toBeWithin(0, 101 - taken);
  }

  /** Every acknowledged order is in the log, with its number, and no key twice. */
  expectAllKept(): void {
    const orders = this.cluster.orders(this.cluster.leader ?? 1);
    expect(new Set(orders.map(({ key }) => key)).size).toBe(orders.length);
    for (const [key, answers] of this.bought) {
      for (const { reply } of answers) {
        if (reply?.order !== undefined) expect(orders[reply.order.number]).toMatchObject({ ...reply.order, key });
      }
    }
  }

  private buy(): void {
    const n = randomInt(this.random, 60);
    const key = `c:${n}`;
    const at = this.someone();
    if (!this.cluster.node(at).isRunning) return;
    const answer = this.cluster.buy(at, key, { quantity: 1 + (n % 3), budgetMs: 500 });
    this.bought.set(key, [...(this.bought.get(key) ?? []), answer]);
  }

  private restart(id: number): void {
    this.cluster.crash(id);
    this.cluster.restart(id);
  }

  private someone(): number {
    return 1 + randomInt(this.random, 3);
  }
}

test.each(Array.from({ length: 30 }, (_, seed) => seed))(
  "whatever the catalog forgets and whoever leads, orders and stock agree in the end (seed %d)",
  (seed) => {
    const chaos = new Chaos(seededRandom(seed));
    for (let n = 0; n < 150; n++) {
      chaos.step();
      chaos.expectNothingResurrected();
    }
    chaos.recover();
    chaos.expectNothingResurrected();
    chaos.expectAllKept();
    expectAgreement(chaos.cluster);
  },
);
