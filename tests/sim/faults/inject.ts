import { unreachable } from "../../../services/lib/assert.ts";
import type { Happening } from "../kernel/event-queue.ts";
import type { SimProcess } from "../kernel/sim-process.ts";
import type { Weather } from "../network/network.ts";
import { ReplicaNode } from "../nodes/replica-node.ts";
import type { World } from "../world.ts";
import { flipBit, shorten } from "./damage.ts";
import type { Fault } from "./kinds.ts";

/** A fault that begins at its time, and ends. */
export class FaultBeginning implements Happening {
  constructor(
    private readonly world: World,
    private readonly fault: Fault,
  ) {}

  fire(): void {
    const { world, fault } = this;
    if (world.atPeace) return;
    const target = world.targetOf(fault);
    const end = begin(world, { ...fault, target: target.place });
    if (end === undefined) return;
    if (world.log.tells) world.log.tell("fault", describe(world, fault, target));
    world.timeline.schedule(fault.forMs, { fire: () => this.end(end) });
  }

  /** Peace has ended all faults; what is done to the store since then is not for them to undo. */
  private end(end: () => void): void {
    if (!this.world.atPeace) end();
  }
}

function describe(world: World, { kind, other, forMs }: Fault, target: SimProcess): string {
  const names = kind.endsWith("-way cut") ? `${target.name}, ${world.processes[other]?.name ?? "-"}` : target.name;
  return `${kind} (${names}) for ${forMs.toFixed(0)} ms`;
}

/** Lets the fault begin; returns what ends it, or undefined if it was not possible now. */
function begin(world: World, fault: Fault): (() => void) | undefined {
  const process = world.processes[fault.target];
  const other = world.processes[fault.other];
  if (process === undefined || other === undefined) return undefined;
  switch (fault.kind) {
    case "loss":
      return weather(world, { loss: fault.size * 0.3 });
    case "delay":
      return weather(world, { delayHighMs: 5 + fault.size * 300 });
    case "reordering":
      return weather(world, { reordering: true, delayHighMs: 1 + fault.size * 50 });
    case "duplication":
      return weather(world, { duplication: fault.size * 0.3 });
    case "replay":
      return weather(world, { replay: fault.size * 0.3 });
    case "one-way cut":
      return fault.size < 0.3 ? cut(world, other, process, false) : cut(world, process, other, false);
    case "two-way cut":
      if (fault.size < 0.4) return isolate(world, process);
      // Its machine tells each side that the other is out of reach, or nobody tells anybody.
      if (fault.size > 0.7) world.network.failBetween(process, other);
      return cut(world, process, other, true);
    case "cut from peers":
      return cutFromPeers(world, fault);
    case "usurper":
      return usurp(world, fault);
    case "front-end out of sight":
      return loseSight(world, fault);
    case "broken connections":
      return breakConnections(world, fault.size);
    case "kill":
      return down(world, process, "kill");
    case "power loss":
      return down(world, process, "power");
    case "power loss of all":
      return allDown(world);
    case "pause":
      return pause(process, fault.size < 0.5);
    case "clock drift":
      return undefined;
    case "slow disk":
      return slowDisk(world, fault.size);
    case "failing disk":
      return failingDisk(process, world, fault.size);
    case "damaged log":
    case "shortened log":
    case "wiped replica":
      return hurtDisk(world, fault);
    case "hand-over":
      return stopInOrder(world, process);
    case "stray nominations":
      return nominate(world, fault);
    default:
      return unreachable(fault.kind);
  }
}

function weather(world: World, change: Partial<Weather>): () => void {
  world.changeWeather(change);
  return () => world.clearWeather();
}

function cut(world: World, one: SimProcess, other: SimProcess, both: boolean): (() => void) | undefined {
  if (one === other) return undefined;
  const { network } = world;
  network.cut(one, other);
  if (both) network.cut(other, one);
  return () => {
    network.heal(one, other);
    if (both) network.heal(other, one);
  };
}

function isolate(world: World, process: SimProcess): () => void {
  const heals = world.processes.flatMap((other) => cut(world, process, other, true) ?? []);
  return () => {
    for (const heal of heals) heal();
  };
}

/** A replica that front-ends and catalog reach, and the other replicas do not. */
function cutFromPeers(world: World, fault: Fault): (() => void) | undefined {
  const replica = world.replicas[fault.target];
  const heals = replica?.peers.flatMap((peer) => cut(world, replica, peer, fault.size < 0.8) ?? []);
  return () => {
    for (const heal of heals ?? []) heal();
  };
}

/**
 * A leader is left with the catalog and, if there are two, one front-end; the
 * other replicas see its streams end, and one of them is nominated at once: for
 * as long as the lease runs there are two leaders.
 */
function usurp(world: World, fault: Fault): (() => void) | undefined {
  const leader = world.replicas[fault.target];
  if (leader === undefined) return undefined;
  const { peers } = leader;
  const pairs = partingPairs(world, leader);
  const heals = pairs.flatMap(([one, other]) => cut(world, one, other, true) ?? []);
  // What it still sends to the catalog may come late.
  if (fault.size < 0.4) heals.push(...[cut(world, leader, world.catalog, false) ?? []].flat());
  for (const [one, other] of pairs) world.network.failBetween(one, other);
  for (const peer of peers) peer.admitEvent({ type: "propagate-closed", leader: leader.id });
  const usurper = peers[fault.other % peers.length];
  usurper?.admitEvent({ type: "nominate", nominee: usurper.id });
  return () => {
    for (const heal of heals) heal();
  };
}

/** Who parts from whom: one front-end, if there are two, stays with the leader. */
function partingPairs(world: World, leader: ReplicaNode): (readonly [SimProcess, SimProcess])[] {
  const { peers } = leader;
  const [loyal, ...others] = world.fronts;
  const pairs: (readonly [SimProcess, SimProcess])[] = peers.map((peer) => [leader, peer]);
  if (loyal !== undefined && others.length > 0) for (const peer of peers) pairs.push([loyal, peer]);
  for (const other of others) pairs.push([leader, other]);
  return pairs;
}

const quickRestartMs = 5;

/** Catalog and front-end lose each other, perhaps because the catalog is killed; it starts again at once. */
function loseSight(world: World, fault: Fault): (() => void) | undefined {
  const { catalog, fronts, network, timeline } = world;
  const front = fronts[fault.target % fronts.length];
  if (front === undefined || !catalog.isUp) return undefined;
  const heal = cut(world, catalog, front, true);
  if (fault.size < 0.5) {
    network.failBetween(catalog, front);
  } else {
    world.end(catalog, "kill");
    timeline.schedule(quickRestartMs, { fire: () => world.restart(catalog) });
  }
  return heal;
}

function breakConnections(world: World, share: number): () => void {
  const { network, dice } = world;
  for (const stream of [...network.streams]) if (dice.network.chance(share)) stream.reset();
  for (const replica of world.replicas) {
    for (const peer of replica.peers) if (dice.network.chance(share)) replica.losePeer(peer);
  }
  return () => undefined;
}

function down(world: World, process: SimProcess, how: "kill" | "power"): (() => void) | undefined {
  if (!process.isUp) return undefined;
  world.end(process, how);
  return () => world.restart(process);
}

function allDown(world: World): () => void {
  for (const process of world.processes) if (process.isUp) world.end(process, "power");
  return () => {
    for (const process of world.processes) world.restart(process);
  };
}

function pause(process: SimProcess, timersLast: boolean): (() => void) | undefined {
  if (process.state !== "up") return undefined;
  process.pause();
  process.timersLast = timersLast;
  const { run } = process;
  return () => {
    if (process.run === run) process.resume();
  };
}

function slowDisk(world: World, size: number): () => void {
  const { machines, plan } = world;
  machines.syncHighMs = 20 + size * 800;
  return () => {
    machines.syncHighMs = plan.syncHighMs;
  };
}

function failingDisk(process: SimProcess, world: World, size: number): (() => void) | undefined {
  const worker = world.diskOf(process);
  if (worker === undefined || !process.isUp) return undefined;
  worker.failing = size < 0.4 ? "files" : "everything";
  return () => {
    worker.failing = "nothing";
    world.restart(process);
  };
}

/** Only while both other disks are whole: P1 needs a majority of them. */
function hurtDisk(world: World, fault: Fault): (() => void) | undefined {
  const replica = world.replicas[fault.target];
  if (replica === undefined || replica.peers.some((peer) => !world.isWhole(peer))) return undefined;
  if (replica.isUp) world.end(replica, fault.size < 0.5 ? "kill" : "power");
  hurt(replica, fault);
  return () => world.restart(replica);
}

function hurt(replica: ReplicaNode, { kind, size }: Fault): void {
  const files = replica.restingFiles;
  if (files === undefined) return;
  if (kind === "damaged log") replica.replaceFiles(flipBit(files, size));
  else if (kind === "shortened log") replica.replaceFiles(shorten(files, size));
  else replica.replaceFiles(undefined);
}

/** SIGTERM: a replica hands over, the catalog finishes what is under way; it leaves, and comes back. */
function stopInOrder(world: World, process: SimProcess): (() => void) | undefined {
  if (process.state !== "up") return undefined;
  if (process === world.catalog) world.catalog.take({ type: "stop" });
  else if (process instanceof ReplicaNode) process.take({ type: "hand-over" });
  else return undefined;
  return () => undefined;
}

function nominate(world: World, { target, size }: Fault): (() => void) | undefined {
  for (let at = 0; at < 1 + size * 5; at++) {
    const replica = world.replicas[(target + at) % world.replicas.length];
    if (replica?.state === "up") replica.take({ type: "nominate", nominee: replica.id });
  }
  return () => undefined;
}
