import type { Answer, Operation } from "../clients/history.ts";
import { openReplicaDisk } from "../disk/open-replica-disk.ts";
import { filesAfter } from "../disk/rest.ts";
import type { World } from "../world.ts";
import { checkStock, stockHistory } from "./stock-model.ts";

/** Within this time of peace the store has to sell again, and to have put itself in order. */
const boundMs = 20_000;
const lookEveryMs = 250;
/** Longer histories take more time than they are worth: shorter ones of other seeds show the same. */
const operationsMax = 300;

/**
 * Liveness: when faults have stopped, purchases succeed through every front-end,
 * all replicas get the same log, every order is settled and nothing is left
 * reserved; and once more, when one replica was lost, which costs no error.
 */
export class Recovery {
  private probes: Operation[] = [];

  constructor(private readonly world: World) {}

  run(failed: () => boolean): void {
    this.makePeace();
    if (!this.settle("after the last fault", failed)) return;
    const heal = this.loseOne();
    const sells = this.sellsWithout(failed);
    heal();
    if (sells && this.settle("after one replica was lost", failed)) this.conclude();
  }

  /** The store sells and is in order within the bound. False: a promise is broken. */
  private settle(since: string, failed: () => boolean): boolean {
    const { timeline, log } = this.world;
    const endMs = timeline.nowMs + boundMs;
    let missing = "";
    while (timeline.nowMs < endMs && !failed()) {
      timeline.run(timeline.nowMs + lookEveryMs, failed);
      missing = failed() ? "" : this.missing();
      if (missing === "") break;
    }
    if (missing !== "") log.fail("the store recovers", `${boundMs} ms ${since} ${missing}`);
    return !failed();
  }

  /**
   * P6: one replica, by turns the leader, is cut off from the others, or from everybody, or is heard and does
   * not hear, or is gone.
   */
  private loseOne(): () => void {
    const { replicas, processes, network, plan, log } = this.world;
    const leader = replicas.find((replica) => replica.status()?.leader === replica.id);
    const lost = plan.seed % 4 === 0 ? replicas[plan.seed % replicas.length] : leader;
    if (lost === undefined) {
      log.fail("the store recovers", "it sells, and no replica says that it leads");
      return () => undefined;
    }
    if (log.tells) log.tell("peace", `but for ${lost.name}`);
    const way = Math.floor(plan.seed / 4) % 4;
    if (way === 0) {
      this.world.end(lost, "power");
      return () => this.world.restart(lost);
    }
    const others = way === 1 ? lost.peers : processes.filter((process) => process !== lost);
    for (const other of others) {
      network.cut(other, lost);
      if (way !== 3) network.cut(lost, other);
    }
    return () => network.healAll();
  }

  /** Nobody is told of an error: each front-end's first purchase succeeds. False: a promise is broken. */
  private sellsWithout(failed: () => boolean): boolean {
    const { world } = this;
    const { timeline, log } = world;
    const probes = world.fronts.map((_, nth) => world.probe(nth));
    const isOver = (): boolean => failed() || probes.every(({ answer }) => answer !== undefined);
    timeline.run(timeline.nowMs + boundMs, isOver);
    for (const [nth, { answer }] of probes.entries()) {
      if (answer?.type === "bought" || answer?.type === "out-of-stock") continue;
      log.fail("one replica's loss costs no error", `a purchase through front-end ${nth + 1}: ${answer?.type}`);
    }
    this.probes = [];
    return !failed();
  }

  /** Whatever has not ended by itself ends now. */
  private makePeace(): void {
    const { world } = this;
    if (world.log.tells) world.log.tell("peace", "no more faults");
    for (const client of world.clients) client.stopped = true;
    world.makePeace();
  }

  /** What is still not as it should be; empty: nothing. */
  private missing(): string {
    const { world } = this;
    if (!this.purchasesSucceed()) return "no purchase succeeds through every front-end";
    const statuses = world.replicas.map((replica) => replica.status());
    const lines = world.checks.committed.lines.length;
    for (const [nth, status] of statuses.entries()) {
      if (status === undefined || status.commitIndex !== lines || status.last.index !== lines) {
        return `replica ${nth + 1} stands at ${JSON.stringify(status)} of ${lines} entries`;
      }
      if (!status.eligible) return `replica ${nth + 1} is no voter`;
    }
    const image = world.catalog.image();
    if (image === undefined) return "the catalog is not up";
    if (image.settledBelow !== world.checks.committed.orders.length)
      return `orders from ${image.settledBelow} on are not settled`;
    const reserved = image.products.filter((product) => product.reserved > 0).map(({ name }) => name);
    if (reserved.length > 0) return `something is still set aside of ${reserved.join(", ")}`;
    return "";
  }

  /** Each front-end has sold (or said that it has too little) since peace began; it is asked until then. */
  private purchasesSucceed(): boolean {
    const { world } = this;
    if (this.probes.length === 0) this.probes = world.fronts.map((_, nth) => world.probe(nth));
    this.probes = this.probes.map((probe, nth) => (needsRetry(probe.answer) ? world.probe(nth) : probe));
    return this.probes.every((probe) => probe.answer?.type === "bought" || probe.answer?.type === "out-of-stock");
  }

  private conclude(): void {
    const { catalog, checks } = this.world;
    const image = catalog.image();
    if (image !== undefined) checks.stock.onEnd(image);
    checks.acknowledgements.onEnd();
    for (const { name, quantity } of this.world.plan.products) this.checkLinearizable(name, quantity);
    this.checkFiles();
  }

  /** Once more from the files, as a start by the real rules reads them. */
  private checkFiles(): void {
    const { catalog, replicas, checks, dice, log } = this.world;
    catalog.disk.write();
    catalog.disk.end("kill", dice.disk);
    checks.stock.onEnd(catalog.disk.open());
    const history = checks.committed.lines.join("");
    for (const { name, disk } of replicas) {
      disk.write();
      const { damage, disk: opened } = openReplicaDisk(filesAfter(disk, "kill", dice.disk), 0);
      const lines = opened.lines.map(({ text }) => text).join("");
      if (lines === history) continue;
      log.fail(
        "the files hold the committed history",
        `${name} ${damage ?? `holds ${opened.lines.length} other entries`}`,
      );
    }
  }

  /** What clients saw of a product, without any knowledge of the inside. */
  private checkLinearizable(product: string, quantity: number): void {
    const { history, checks, log } = this.world;
    const operations = stockHistory(product, history.operations, checks.restocks, operationsMax);
    if (operations === undefined || checkStock(operations, quantity) !== "not linearizable") return;
    log.fail("reads and purchases are linearizable", `no order explains what clients saw of ${product}`);
  }
}

function needsRetry(answer: Answer | undefined): boolean {
  return answer !== undefined && answer.type !== "bought" && answer.type !== "out-of-stock";
}
