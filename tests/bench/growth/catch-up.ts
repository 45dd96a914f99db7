import { pingReplica } from "../../harness/leader.ts";
import { prepareStore, type TestStore } from "../../harness/store.ts";
import { spreadOf } from "../samples.ts";
import type { Scenario, ScenarioResult } from "../scenario.ts";
import { Buyers, type Latencies } from "./buyers.ts";
import { copyLog, writeCatalog, writeLog } from "./history.ts";

const stock = 10_000_000;
const connections = 64;
/** Of the rate at which the store takes orders, which the load keeps to while the follower catches up. */
const loadShare = 0.25;
const catchUpMaxMs = 90_000;
const pollMs = 20;
/** Caught up: so near to the leader that it is sent what comes by the leader itself. */
const nearEntries = 4_096;

interface Sizes {
  readonly had: number;
  readonly missed: number;
  /** How long orders are taken as fast as they are, and how long the load runs before the follower starts. */
  readonly phaseMs: number;
  /** How often the follower starts with what it had. */
  readonly rounds: number;
}

export const catchUp = catchUpScenario({ had: 1_000_000, missed: 1_000_000, phaseMs: 8_000, rounds: 5 });

export function catchUpScenario(sizes: Sizes): Scenario {
  const title = `A follower that missed ${sizes.missed.toLocaleString("en")} orders`;
  return {
    name: "catch-up",
    title,
    async run(say) {
      await using store = await prepareStore({ quantity: stock });
      say("making the logs");
      await makeLogs(store, sizes);
      for (const process of store.processes) if (process !== store.order(3)) process.start();
      await store.waitReady();
      return { title, ...(await measure(store, sizes, say)) };
    },
  };
}

async function makeLogs(store: TestStore, { had, missed }: Sizes): Promise<void> {
  await writeLog(oldLog(store), 3, had);
  copyLog(oldLog(store), store.logFile(1), 1);
  await writeLog(store.logFile(1), 1, had + missed);
  copyLog(store.logFile(1), store.logFile(2), 2);
  await writeCatalog(store.catalogFile, had + missed);
}

/** The log that the follower starts with. */
const oldLog = (store: TestStore): string => `${store.logFile(3)}.old`;

async function measure(
  store: TestStore,
  { phaseMs, rounds }: Sizes,
  say: (line: string) => void,
): Promise<Omit<ScenarioResult, "title">> {
  const taking = new Buyers(store.restPort, connections);
  const takingFrom = performance.now();
  await Bun.sleep(phaseMs);
  const taken = taking.between(takingFrom + phaseMs / 4, performance.now());
  await taking.stop();
  const takenRate = taken.count / ((0.75 * phaseMs) / 1000);
  say(`orders are taken at ${takenRate.toFixed(0)}/s (p50 ${taken.p50.toFixed(1)} ms)`);

  await using load = new Buyers(store.restPort, connections, takenRate * loadShare);
  const measured: Round[] = [];
  for (let nth = 1; nth <= rounds; nth++) {
    say(`round ${nth} of ${rounds}`);
    measured.push(await measureRound(store, load, phaseMs, say));
  }
  await load.stop();
  return report(takenRate, measured, load.failures + taking.failures);
}

interface Round {
  readonly before: Latencies;
  readonly meanwhile: Latencies;
  readonly run: Run;
}

async function measureRound(
  store: TestStore,
  load: Buyers,
  phaseMs: number,
  say: (line: string) => void,
): Promise<Round> {
  copyLog(oldLog(store), store.logFile(3), 3);
  await Bun.sleep(phaseMs);
  const before = load.between(performance.now() - phaseMs / 2, performance.now());
  const order = store.order(3);
  const said = order.lines.length;
  order.start();
  await order.line(/started/, said);
  const run = await follow(store, say);
  const meanwhile = load.between(run.fromMs, run.toMs);
  await order.kill("SIGKILL");
  return { before, meanwhile, run };
}

interface Run {
  readonly fromMs: number;
  readonly toMs: number;
  readonly entries: number;
}

/** Until the follower is near the leader's end. */
async function follow(store: TestStore, say: (line: string) => void): Promise<Run> {
  const fromMs = performance.now();
  let first: number | undefined;
  let lastSaid = fromMs;
  for (;;) {
    const [leader, follower] = await Promise.all([leaderIndex(store), indexOf(store, 3)]);
    const nowMs = performance.now();
    if (follower > 0) first ??= follower;
    if (first !== undefined && leader > 0 && leader - follower <= nearEntries) {
      return { fromMs, toMs: nowMs, entries: follower - first };
    }
    if (nowMs - fromMs > catchUpMaxMs)
      throw new Error(`order 3 has ${follower} of ${leader} entries after ${catchUpMaxMs} ms`);
    if (nowMs - lastSaid > 2_000) {
      lastSaid = nowMs;
      say(`${((nowMs - fromMs) / 1000).toFixed(0)} s: ${leader - follower} entries behind`);
    }
    await Bun.sleep(pollMs);
  }
}

async function leaderIndex(store: TestStore): Promise<number> {
  return Math.max(await indexOf(store, 1), await indexOf(store, 2));
}

async function indexOf(store: TestStore, id: number): Promise<number> {
  return Number((await pingReplica(store.orderPorts[id - 1] ?? 0))?.lastIndex ?? 0);
}

function report(takenRate: number, rounds: readonly Round[], failures: number): Omit<ScenarioResult, "title"> {
  const rates = rounds.map(({ run }) => (run.entries / (run.toMs - run.fromMs)) * 1000);
  const timesTaking = rates.map((rate) => rate / takenRate);
  const timesBefore = rounds.map(({ before, meanwhile }) => meanwhile.p99 / before.p99);
  const ms = (of: (round: Round) => number): string => inWords(rounds.map(of), (value) => `${value.toFixed(1)} ms`);
  return {
    figures: [
      { what: "orders taken, 64 connections", value: `${takenRate.toFixed(0)}/s` },
      { what: "entries caught up with, a second", value: inWords(rates, (rate) => rate.toFixed(0)) },
      {
        what: "rate of catching up / rate of taking",
        value: inWords(timesTaking, (ratio) => ratio.toFixed(1)),
        target: ">= 5",
        met: spreadOf(timesTaking).median >= 5,
      },
      { what: "purchases before, p50", value: ms(({ before }) => before.p50) },
      { what: "purchases meanwhile, p50", value: ms(({ meanwhile }) => meanwhile.p50) },
      { what: "purchases before, p99", value: ms(({ before }) => before.p99) },
      { what: "purchases meanwhile, p99", value: ms(({ meanwhile }) => meanwhile.p99) },
      {
        what: "p99 meanwhile / p99 before",
        value: inWords(timesBefore, (ratio) => ratio.toFixed(1)),
        target: "<= 2",
        met: spreadOf(timesBefore).median <= 2,
      },
      { what: "purchases that failed", value: `${failures}`, target: "0", met: failures === 0 },
    ],
    notes: [
      `${rounds.length} rounds, medians with the lowest and the highest: each time the follower starts with the log that it had.`,
      `The load meanwhile is ${loadShare} of the rate of taking, at fixed times; a late purchase counts from when it was due.`,
    ],
  };
}

function inWords(samples: readonly number[], format: (value: number) => string): string {
  const { median, low, high } = spreadOf(samples);
  return `${format(median)} (${format(low)} to ${format(high)})`;
}
