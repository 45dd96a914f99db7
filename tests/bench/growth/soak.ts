import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStore } from "../../harness/store.ts";
import { chooseGenerator } from "../load/choose.ts";
import type { Generator } from "../load/load.ts";
import { buyAlone } from "../peers/check.ts";
import { stockOfEach } from "../peers/peer.ts";
import { median } from "../samples.ts";
import type { Figure, Scenario, ScenarioResult } from "../scenario.ts";
import { type Work, works } from "../work.ts";
import { halvesOf, highest, Resources, type Sample, steadySlopeOf, windowsOf } from "./resources.ts";

/** May be set for a shorter run. */
const requestsWanted = Number(process.env["BENCH_SOAK_REQUESTS"] ?? 20_000_000);
const minutesMax = Number(process.env["BENCH_SOAK_MINUTES"] ?? 45);
const connections = 64;
/**
 * One round, again and again. Without turns of nothing but purchases the first
 * million orders, until which the replicas grow, would last into the second half.
 */
const turns = [
  { name: "mix", seconds: 15 },
  { name: "spread", seconds: 3 },
  { name: "lookup", seconds: 2 },
] as const;
/**
 * About a round. Of it the median of memory counts, which garbage lifts in some turns, and the most files, which each
 * turn closes.
 */
const windowS = 20;
/**
 * Of resident memory, for a million requests. A request that leaked one object
 * of 16 bytes would cost 16 MB; a heap that is collected wanders by ten MB and
 * more, which over ten million requests can pass for this.
 */
const slopeMaxMb = 1;
const filesSlopeMax = 1;

interface Soaked {
  readonly requests: number;
  readonly failures: number;
  readonly orders: number;
  readonly seconds: number;
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
}

export const soak: Scenario = {
  name: "soak",
  title: `A soak of ${requestsWanted.toLocaleString("en")} requests`,
  async run(say) {
    const folder = mkdtempSync(join(tmpdir(), "toystore-soak-"));
    try {
      return resultOf(await steep(await chooseGenerator(folder, "wrk", say), say));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function steep(generator: Generator, say: (line: string) => void): Promise<Soaked> {
  await using store = await startStore({ quantity: stockOfEach });
  const { url, processes } = store;
  const done = { requests: 0, failures: 0, orders: 0 };
  const resources = new Resources(processes, 1_000);
  const startMs = performance.now();
  const secondsSince = (): number => (performance.now() - startMs) / 1_000;
  const turn = async (work: Work, seconds: number): Promise<void> => {
    const { number } = await buyAlone(url);
    done.orders = number + 1;
    const load = await generator.run(work, done.orders, { url, connections, seconds });
    done.requests += load.requests;
    done.failures += load.failures;
  };
  const isOver = (): boolean => done.requests >= requestsWanted || secondsSince() >= minutesMax * 60;
  while (!isOver()) {
    for (const { name, seconds } of turns) await turn(workOf(name), seconds);
    say(`${done.requests} requests, ${done.failures} failed, ${done.orders} orders, ${Math.round(secondsSince())} s`);
  }
  const seconds = secondsSince();
  return { ...done, seconds, samples: resources.stop() };
}

function resultOf({ requests, failures, orders, seconds, samples }: Soaked): ScenarioResult {
  const figures: Figure[] = [
    {
      what: "requests, and those that failed",
      value: `${requests}, ${failures} failed, in ${Math.round(seconds)} s`,
      target: `${requestsWanted}, none failed`,
      met: requests >= requestsWanted && failures === 0,
    },
    { what: "orders made", value: `${orders}` },
    ...[...samples].flatMap(([name, all]) => slopeFigures(name, all, requests / seconds)),
  ];
  const notes = [
    `${connections} connections; in turns ${turns.map(({ name, seconds: some }) => `${some} s of ${workOf(name).title}`).join("; ")}.`,
    `Samples are taken every second. Of each ${windowS} s of the second half, about a round, the median of memory and the most file descriptors count; a slope is the median of those between any two of them (Theil and Sen).`,
    "An order replica keeps the keys of the last million orders: until there are so many, it grows.",
  ];
  return { title: soak.title, figures, notes };
}

function slopeFigures(name: string, samples: readonly Sample[], rate: number): Figure[] {
  const { second } = halvesOf(samples);
  // A run of a few minutes has no four rounds in its second half.
  const seconds = Math.min(windowS, ((second.at(-1)?.atS ?? 0) - (second[0]?.atS ?? 0)) / 4);
  const rss = windowsOf(second, seconds, (window) => median(window.map(({ rssMb }) => rssMb)));
  const counts = windowsOf(second, seconds, (window) => Math.max(...window.map(({ files }) => files)));
  const memorySlope = (steadySlopeOf(rss) / (seconds * rate)) * 1e6;
  const filesSlope = (steadySlopeOf(counts) / (seconds * rate)) * 1e6;
  return [
    {
      what: `memory of ${name}, second half`,
      value: `${memorySlope.toFixed(2)} MB per million requests at ${rss.at(-1)?.toFixed(0)} MB, at most ${highest(second).toFixed(0)}`,
      target: `flat: under ${slopeMaxMb}`,
      met: memorySlope < slopeMaxMb,
    },
    {
      what: `file descriptors of ${name}, second half`,
      value: `${filesSlope.toFixed(2)} per million requests at ${counts.at(-1)}`,
      target: `flat: under ${filesSlopeMax}`,
      met: filesSlope < filesSlopeMax,
    },
  ];
}

function workOf(name: string): Work {
  const work = works.find((one) => one.name === name);
  if (work === undefined) throw new Error(`there is no work ${name}`);
  return work;
}
