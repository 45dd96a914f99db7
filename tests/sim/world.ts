import type { Settings } from "../../services/catalog/core/limits.ts";
import { defaultLimits, type Limits } from "../../services/order/core/limits.ts";
import type { ReplicaId } from "../../services/order/core/types.ts";
import type { Planted } from "./bugs/planted.ts";
import { Checks } from "./checks/checks.ts";
import { Client, Exchange } from "./clients/client.ts";
import { History, type Operation } from "./clients/history.ts";
import type { End } from "./disk/rest.ts";
import { FaultBeginning } from "./faults/inject.ts";
import type { Fault, Plan } from "./faults/kinds.ts";
import { catalogPlace, firstFrontPlace } from "./faults/plan.ts";
import { Dice } from "./kernel/dice.ts";
import type { SimProcess } from "./kernel/sim-process.ts";
import { Timeline } from "./kernel/timeline.ts";
import { WorldLog } from "./kernel/world-log.ts";
import { fairWeather, Network, type Weather } from "./network/network.ts";
import { CatalogNode } from "./nodes/catalog-node.ts";
import type { DiskWorker } from "./nodes/disk-worker.ts";
import { FrontNode } from "./nodes/front-node.ts";
import { ReplicaNode } from "./nodes/replica-node.ts";
import type { Machines, Surroundings } from "./nodes/surroundings.ts";

/** More than any run orders; the room for a million would take most of a run's time to make. */
const keysMax = 10_000;

/** Limits that a small store reaches. */
const smallLimits: Partial<Limits> = {
  purchasesMax: 8,
  lookupsMax: 8,
  forwardsMax: 8,
  batchEntriesMax: 2,
  tailEntriesMax: 4,
  recentOrdersMax: 20,
  recentNamesMax: 2,
  missingEntriesMax: 8,
  missingWindowMax: 20,
  missingBacklogMax: 16,
  reservesMax: 2,
  settlesMax: 3,
  cutEntriesMax: 16,
};

/** The whole store and its surroundings, as a plan describes them. */
export class World {
  readonly timeline = new Timeline();
  readonly log: WorldLog;
  readonly network: Network;
  readonly machines: Machines;
  readonly dice: Record<"cores" | "network" | "disk" | "clients" | "turns", Dice>;
  readonly replicas: readonly ReplicaNode[];
  readonly catalog: CatalogNode;
  readonly fronts: readonly FrontNode[];
  readonly processes: readonly SimProcess[];
  readonly clients: readonly Client[];
  readonly history: History;
  readonly checks: Checks;
  /** Faults that are still to come no longer do. */
  atPeace = false;

  constructor(
    readonly plan: Plan,
    planted: Planted,
    tells: boolean,
  ) {
    const { seed } = plan;
    this.dice = {
      cores: Dice.of(seed, "cores"),
      network: Dice.of(seed, "network"),
      disk: Dice.of(seed, "disk"),
      clients: Dice.of(seed, "clients"),
      turns: Dice.of(seed, "turns"),
    };
    const nowMs = (): number => this.timeline.nowMs;
    this.log = new WorldLog(tells, nowMs);
    this.network = new Network(firstFrontPlace + plan.fronts, this.timeline, this.dice.network);
    this.machines = { syncLowMs: 0.1, syncHighMs: plan.syncHighMs, turnHighMs: plan.turnHighMs };
    this.checks = new Checks(this.log, nowMs, () => this.history.place);
    this.history = new History(nowMs, this.checks.ofClients);
    const surroundings = this.surroundings(planted);
    this.catalog = this.makeCatalog(surroundings);
    this.replicas = this.makeReplicas(surroundings);
    this.fronts = Array.from({ length: plan.fronts }, (_, nth) => {
      return new FrontNode(
        firstFrontPlace + nth,
        `front-end ${nth + 1}`,
        surroundings,
        this.replicas,
        this.catalog,
        this.checks,
      );
    });
    this.catalog.fronts = this.fronts;
    this.processes = [...this.replicas, this.catalog, ...this.fronts];
    this.clients = Array.from({ length: plan.clients }, (_, nth) => this.makeClient(nth));
    this.clearWeather();
  }

  /** Starts everything, and schedules what the plan has in store. */
  begin(): void {
    for (const process of this.processes) {
      process.setClock(this.plan.clocks[process.place] ?? { rate: 1, offsetMs: 0 });
      process.start();
    }
    for (const client of this.clients) client.rest();
    for (const fault of this.plan.faults) this.timeline.scheduleAt(fault.atMs, new FaultBeginning(this, fault));
  }

  // ------------------------------------------------------------ what faults do

  changeWeather(change: Partial<Weather>): void {
    this.network.weather = { ...this.network.weather, ...change };
  }

  clearWeather(): void {
    this.network.weather = { ...fairWeather, delayHighMs: this.plan.delayHighMs };
  }

  end(process: SimProcess, how: End): void {
    if (process instanceof ReplicaNode || process instanceof CatalogNode || process instanceof FrontNode)
      process.end(how);
  }

  /** Unless it runs, or is stopped: then that ends first. */
  restart(process: SimProcess): void {
    if (process.isUp) return;
    if (this.log.tells) this.log.tell(process.name, "is started");
    process.start();
  }

  diskOf(process: SimProcess): DiskWorker | undefined {
    return process instanceof ReplicaNode || process instanceof CatalogNode ? process.worker : undefined;
  }

  /** Whom a fault hits, now. */
  targetOf({ role, target }: Fault): SimProcess {
    const place = this.processes[target % this.processes.length] ?? this.catalog;
    if (role === "catalog") return this.catalog;
    if (role === "front-end") return this.fronts[target % this.fronts.length] ?? place;
    if (role === "place") return place;
    const leads = (replica: ReplicaNode): boolean => replica.status()?.leader === replica.id;
    const some = this.replicas.filter((replica) => leads(replica) === (role === "leader"));
    return some[target % Math.max(1, some.length)] ?? this.replicas[target % this.replicas.length] ?? place;
  }

  /** The replica's disk counts: what it holds was not lost, or has come back. */
  isWhole(replica: ReplicaNode): boolean {
    return replica.status() !== undefined && replica.disk.identity?.voter === true;
  }

  /** Every fault ends: links are whole, processes run, disks work. */
  makePeace(): void {
    this.atPeace = true;
    this.clearWeather();
    this.network.healAll();
    this.machines.syncHighMs = this.plan.syncHighMs;
    for (const process of this.processes) {
      const disk = this.diskOf(process);
      if (disk !== undefined) disk.failing = "nothing";
      process.resume();
      this.restart(process);
    }
  }

  /** A purchase through a front-end, to see whether the store sells. */
  probe(front: number): Operation {
    const { history, timeline, dice, plan } = this;
    const node = this.fronts[front];
    const product = plan.products[0]?.name ?? "";
    const operation = history.invoke("probe", {
      type: "buy",
      key: `c:probe-${history.operations.length}`,
      product,
      quantity: 1,
    });
    if (node !== undefined) {
      void new Exchange(timeline, dice.clients, node, operation, (answer) => history.return(operation, answer));
    }
    return operation;
  }

  // ------------------------------------------------------------ composition

  private surroundings(planted: Planted): Surroundings {
    const { timeline, network, log, machines, plan, dice } = this;
    const orderLimits = { ...defaultLimits, keysMax, tickMs: plan.tickMs, ...(plan.smallLimits ? smallLimits : {}) };
    return { timeline, network, log, machines, planted, orderLimits, tickMs: plan.tickMs, dice };
  }

  private makeCatalog(surroundings: Surroundings): CatalogNode {
    const { restockIntervalMs, restockQuantity, products } = this.plan;
    const settings: Settings = { checkpointIntervalMs: 1000, restockIntervalMs, restockQuantity };
    const rows = products.map(({ name, quantity }) => ({ name, priceCents: 100, quantity }));
    return new CatalogNode(catalogPlace, surroundings, settings, rows, this.checks, (node, why) => {
      if (why === "disk") this.fail(node);
      else this.leave(node);
    });
  }

  private makeReplicas(surroundings: Surroundings): ReplicaNode[] {
    const replicas = [1, 2, 3].map((id) => {
      return new ReplicaNode(id - 1, id as ReplicaId, surroundings, this.catalog, this.checks, (node, why) => {
        if (why === "disk") this.fail(node);
        else this.leave(node);
      });
    });
    for (const replica of replicas) replica.peers = replicas.filter((peer) => peer !== replica);
    return replicas;
  }

  /** A process whose disk has failed ends; what the system held back for the disk is lost. */
  private fail(process: SimProcess): void {
    if (this.log.tells) this.log.tell(process.name, "ends: its disk failed");
    this.network.closeAllOf(process);
    this.end(process, "power");
    process.isDark = false;
  }

  /** A process that was told to stop has put its things in order and ends; it is started again a little later. */
  private leave(process: SimProcess): void {
    if (this.log.tells) this.log.tell(process.name, "leaves");
    this.end(process, "kill");
    this.timeline.schedule(this.dice.network.between(10, 1000), { fire: () => this.restart(process) });
  }

  private makeClient(nth: number): Client {
    const { plan, fronts, history, timeline, dice } = this;
    return new Client({
      name: `client ${nth + 1}`,
      fronts,
      products: plan.products.map(({ name }) => name),
      history,
      timeline,
      dice: dice.clients,
      thinkHighMs: plan.thinkHighMs,
      quantityMax: plan.quantityMax,
    });
  }
}
