import { readFileSync } from "node:fs";
import { ordersPerGroup, ordersPerRead } from "../../../services/order/core/types.ts";
import type { TestProcess } from "../../harness/process.ts";
import { prepareStore, type TestStore } from "../../harness/store.ts";
import type { Figure, Scenario, ScenarioResult } from "../scenario.ts";
import { copyLog, writeCatalog, writeLog } from "./history.ts";
import { type LookupRound, lookUp } from "./lookups.ts";
import { callsInBatch, lookUpAtReplica } from "./replica-lookups.ts";

const startMsMax = 2_000;
const peakMiBMax = 300;
const lookupConnections = 16;
const lookupRounds = 11;
const warmUp = 5_000;
const settleMs = 2_000;

interface Sizes {
  readonly few: number;
  readonly many: number;
  /** Of look-ups among few or many. */
  readonly roundMs: number;
}

export const orders10m = ordersScenario({ few: 10_000, many: 10_000_000, roundMs: 2_000 });

export function ordersScenario({ few, many, roundMs }: Sizes): Scenario {
  const title = `Replicas with ${count(many)} orders`;
  return {
    name: "orders-10m",
    title,
    async run(say) {
      await using small = await prepareStore({ quantity: 1_000_000 });
      await using large = await prepareStore({ quantity: 1_000_000 });
      say(`making logs of ${count(few)} and ${count(many)} orders, for three replicas each`);
      await fill(small, few);
      await fill(large, many);
      const figures: Figure[] = [];
      for (const [store, orders] of [
        [small, few],
        [large, many],
      ] as const) {
        say(`starting with ${count(orders)} orders`);
        figures.push(...(await startAlone(store, orders)), ...(await startTogether(store, orders)));
      }
      figures.push(...(await compareLookups(small, large, { few, many, roundMs })));
      const notes = [
        "Peak memory is VmHWM, the most that was ever resident; all three replicas at once share the cores.",
        `Look-ups are of random orders; the log is in the page cache. A front-end remembers what it has found, and the neighbours that came with it: before each of ${lookupRounds} rounds it is started anew, and asked over ${lookupConnections} connections for no two orders of one group. Of few orders there are so few groups that it answers them with code that is hardly compiled, and of many it is asked for as many. A replica itself is asked for ${callsInBatch} orders at a time. Of few orders it has all in memory, and each answer brings ${ordersPerGroup}; of many it reads nearly each from its log, and an answer brings ${ordersPerRead}.`,
      ];
      return { title, figures, notes } satisfies ScenarioResult;
    },
  };
}

async function fill(store: TestStore, orders: number): Promise<void> {
  await writeLog(store.logFile(1), 1, orders);
  for (const id of [2, 3]) copyLog(store.logFile(1), store.logFile(id), id);
  await writeCatalog(store.catalogFile, orders);
}

/** One replica by itself, from the start of its process to its "started". */
async function startAlone(store: TestStore, orders: number): Promise<Figure[]> {
  const order = store.order(1);
  const fromMs = performance.now();
  order.start();
  await order.line(/"started"/);
  const ms = performance.now() - fromMs;
  await order.kill("SIGTERM");
  return [
    { what: `${count(orders)}: one replica started`, value: `${ms.toFixed(0)} ms`, ...limit(ms, startMsMax, "ms") },
  ];
}

/** Five processes at once, until the front-end sells. */
async function startTogether(store: TestStore, orders: number): Promise<Figure[]> {
  const heard = store.order(1).lines.length;
  const fromMs = performance.now();
  store.startAll();
  const started = Promise.all(
    store.orders.map((order, nth) =>
      order.line(/"started"/, nth === 0 ? heard : 0).then(() => performance.now() - fromMs),
    ),
  );
  await store.waitReady();
  const readyMs = performance.now() - fromMs;
  const startedMs = Math.max(...(await started));
  await Bun.sleep(settleMs);
  const peak = Math.max(...store.orders.map((order) => memoryMiB(order, "VmHWM")));
  const settled = Math.max(...store.orders.map((order) => memoryMiB(order, "VmRSS")));
  const name = count(orders);
  return [
    { what: `${name}: last of three replicas at once started`, value: `${startedMs.toFixed(0)} ms` },
    { what: `${name}: the store serves`, value: `${readyMs.toFixed(0)} ms` },
    { what: `${name}: a replica's memory, peak`, value: `${peak.toFixed(0)} MiB`, ...limit(peak, peakMiBMax, "MiB") },
    { what: `${name}: a replica's memory, ${settleMs / 1000} s later`, value: `${settled.toFixed(0)} MiB` },
  ];
}

type Rounds = readonly { readonly small: LookupRound; readonly large: LookupRound }[];

/** Through a front-end that has just started, and so keeps none of them, and of a replica itself. */
async function compareLookups(small: TestStore, large: TestStore, { few, many, roundMs }: Sizes): Promise<Figure[]> {
  // First the replicas, which are compiled then: few look-ups follow, in short rounds.
  const atReplica = await inTurns((store, orders) => lookUpAtReplica(portOf(store), orders, roundMs));
  const groups = Math.floor(few / ordersPerGroup);
  const atFrontEnd = await inTurns((store, orders) => lookUpEach(store, sample(orders, groups), orders));
  const wrong = [...atReplica, ...atFrontEnd].reduce((sum, round) => sum + round.small.wrong + round.large.wrong, 0);
  const ratio = ratioOf(atFrontEnd);
  return [
    { what: `look-ups, each for the first time, among ${count(few)}`, value: rateOf(atFrontEnd, "small") },
    { what: `look-ups, each for the first time, among ${count(many)}`, value: rateOf(atFrontEnd, "large") },
    { what: "ratio of the two", value: ratio.toFixed(2), target: ">= 0.8", met: ratio >= 0.8 },
    { what: `the same, asked of a replica directly, among ${count(few)}`, value: rateOf(atReplica, "small") },
    { what: `the same, asked of a replica directly, among ${count(many)}`, value: rateOf(atReplica, "large") },
    { what: "look-ups that failed", value: `${wrong}`, target: "0", met: wrong === 0 },
  ];

  /** So that whatever else the machine does concerns both. */
  async function inTurns(ask: (store: TestStore, orders: number) => Promise<LookupRound>): Promise<Rounds> {
    const rounds = [];
    for (let round = 0; round < lookupRounds; round++) {
      rounds.push({ small: await ask(small, few), large: await ask(large, many) });
    }
    return rounds;
  }
}

async function lookUpEach(store: TestStore, numbers: readonly number[], orders: number): Promise<LookupRound> {
  for (const { process } of store.frontEnds) {
    await process.kill("SIGTERM");
    process.start();
  }
  await store.waitReady();
  // It has not been compiled yet: orders that do not exist take nearly the same way, and leave nothing behind.
  const missing = Array.from({ length: warmUp }, (_, nth) => orders + nth);
  await lookUp(store.restPort, missing, lookupConnections);
  return await lookUp(store.restPort, numbers, lookupConnections);
}

/** So many of the first `orders` orders, in no order, no two of one group: a replica is asked for each of them. */
function sample(orders: number, size: number): number[] {
  const groups = new Set<number>();
  while (groups.size < size) groups.add(Math.floor(Math.random() * Math.floor(orders / ordersPerGroup)));
  return [...groups].map((group) => group * ordersPerGroup + Math.floor(Math.random() * ordersPerGroup));
}

function portOf(store: TestStore): number {
  return store.orderPorts[0] ?? Number.NaN;
}

function ratioOf(rounds: Rounds): number {
  return median(rounds.map(({ small, large }) => large.perSecond / small.perSecond));
}

function rateOf(rounds: Rounds, of: "small" | "large"): string {
  return `${median(rounds.map((round) => round[of].perSecond)).toFixed(0)}/s`;
}

function limit(value: number, max: number, unit: string): Pick<Figure, "target" | "met"> {
  return { target: `< ${max} ${unit}`, met: value < max };
}

function memoryMiB(process: TestProcess, field: "VmHWM" | "VmRSS"): number {
  const status = readFileSync(`/proc/${process.pid}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function count(orders: number): string {
  return orders.toLocaleString("en");
}
