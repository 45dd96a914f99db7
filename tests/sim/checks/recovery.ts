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
 * reserved.
 */
export class Recovery {
  private probes: Operation[] = [];

  constructor(private readonly world: World) {}

  run(failed: () => boolean): void {
    const { world } = this;
    this.makePeace();
    const endMs = world.timeline.nowMs + boundMs;
    let missing = "";
    while (world.timeline.nowMs < endMs && !failed()) {
      world.timeline.run(world.timeline.nowMs + lookEveryMs, failed);
      missing = failed() ? "" : this.missing();
      if (missing === "") break;
    }
    if (failed()) return;
    if (missing !== "") {
      world.log.fail("the store recovers", `${boundMs} ms after the last fault ${missing}`);
      return;
    }
    this.conclude();
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
    if (image.reservations.length > 0) return `${image.reservations.length} reservations are left`;
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
