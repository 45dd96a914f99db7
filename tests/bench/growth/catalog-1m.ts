import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { TestProcess } from "../../harness/process.ts";
import { prepareStore, type TestStore } from "../../harness/store.ts";
import type { Figure, Scenario, ScenarioResult } from "../scenario.ts";
import { productOf, writeLargeCatalog } from "./large-catalog.ts";
import { makePurchases, type Purchases } from "./random-purchases.ts";

const products = 1_000_000;
const rounds = 4;
const connections = 64;
const warmSeconds = 3;
const fullSeconds = 6;
/** Slow enough that a checkpoint shows a few hundred changed products. */
const pacedRate = 300;
const pacedSeconds = 6;
const startMsMax = 5_000;
const ratioMax = 2;
const never = "86400000";

/** One catalog with checkpoints each second, or without any, under both loads. */
interface Phase {
  /** As full, right after a start. */
  readonly first: Purchases;
  /** As first, but the start found no other file to write over, so that the first checkpoint writes the whole one. */
  readonly whole: Purchases;
  readonly full: Purchases;
  readonly paced: Purchases;
  /** What the catalog wrote to its files during the paced load, but for its log. */
  readonly writtenBytes: number;
  readonly checkpoints: number;
}

export const catalog1m: Scenario = {
  name: "catalog-1m",
  title: "A catalog of 1 million products",
  async run(say) {
    await using store = await prepareStore();
    writeLargeCatalog(store.catalogFile, products, 100);
    return await measure(store, say);
  },
};

async function measure(store: TestStore, say: (line: string) => void): Promise<ScenarioResult> {
  const still = new TestProcess({
    ...store.catalog.options,
    env: { ...store.catalog.options.env, CHECKPOINT_INTERVAL: never },
  });
  await using _ = still;
  const firstStartMs = await start(store.catalog);
  const firstMemory = memoryOf(store.catalog.pid);
  say(`first start: ${Math.round(firstStartMs)} ms, ${firstMemory}`);
  store.startAll();
  await store.waitReady();
  const on: Phase[] = [];
  const off: Phase[] = [];
  const restartsMs: number[] = [];
  const afterKillsMs: number[] = [];
  let memory = "";
  for (let round = 1; round <= rounds; round++) {
    for (const [catalog, phases] of [
      [store.catalog, on],
      [still, off],
    ] as const) {
      if (store.catalog.isRunning) await store.catalog.kill("SIGTERM");
      if (still.isRunning) await still.kill("SIGTERM");
      restartsMs.push(await start(catalog));
      const regular = await runPhase(store, catalog);
      if (catalog === store.catalog) memory = memoryOf(catalog.pid);
      await catalog.kill("SIGKILL");
      emptyAnew(`${store.catalogFile}.next-${checkpointOf(store.catalogFile)}`);
      afterKillsMs.push(await start(catalog));
      await store.waitReady();
      const phase = { ...regular, whole: await buy(store, warmSeconds) };
      phases.push(phase);
      say(`round ${round}, ${catalog === still ? "no checkpoints" : "checkpoints"}: ${describe(phase)}`);
    }
  }
  say(`starts after SIGTERM: ${inMs(restartsMs)}; after kill -9: ${inMs(afterKillsMs)}`);
  const csvBytes = statSync(store.catalogFile).size;
  const figures = [
    startFigure("first start, from catalog.csv", firstStartMs),
    startFigure("start after SIGTERM", Math.max(...restartsMs)),
    startFigure("start after kill -9", Math.max(...afterKillsMs)),
    { what: "memory of the catalog after its first start", value: firstMemory },
    { what: "memory of the catalog under load", value: memory },
    ratioFigure(`purchases as fast as ${connections} connections make them`, on, off, ({ full }) => full),
    ratioFigure(`the same in the first ${warmSeconds} s after a start`, on, off, ({ first }) => first),
    ratioFigure(`the same, with the whole file written`, on, off, ({ whole }) => whole),
    ratioFigure(`${pacedRate} purchases a second`, on, off, ({ paced }) => paced),
    writtenFigure(on, csvBytes),
  ];
  return { title: catalog1m.title, figures, notes: notesOf(on, off) };
}

/** Until it serves. */
async function start(catalog: TestProcess): Promise<number> {
  const linesBefore = catalog.lines.length;
  const beganMs = performance.now();
  catalog.start();
  await catalog.line(/"msg":"catalog-open"/, linesBefore);
  return performance.now() - beganMs;
}

async function runPhase(store: TestStore, catalog: TestProcess): Promise<Omit<Phase, "whole">> {
  await store.waitReady();
  const first = await buy(store, warmSeconds);
  const full = await buy(store, fullSeconds);
  const bytesBefore = writtenBy(catalog.pid) - logBytes(store.catalogFile);
  const numberBefore = checkpointOf(store.catalogFile);
  const paced = await buy(store, pacedSeconds, pacedRate);
  const checkpoints = checkpointOf(store.catalogFile) - numberBefore;
  const writtenBytes = writtenBy(catalog.pid) - logBytes(store.catalogFile) - bytesBefore;
  return { first, full, paced, writtenBytes, checkpoints };
}

/** It may be another name of catalog.csv. */
function emptyAnew(file: string): void {
  rmSync(file);
  writeFileSync(file, "");
}

/** As fast as the connections make them, unless there is a rate (a second). */
function buy({ restPort: port }: TestStore, seconds: number, rate?: number): Promise<Purchases> {
  const product = (): string => productOf(Math.floor(Math.random() * products));
  return makePurchases({ port, connections, product, seconds, rate });
}

/** Bytes written through system calls; sockets, which Bun writes to in another way, are not in it. */
function writtenBy(pid: number): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
}

function memoryOf(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mib = (name: string): string =>
    `${Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1_024)} MiB`;
  return `${mib("VmRSS")}, at most ${mib("VmHWM")}`;
}

/** The number in the name of next-N, which goes up with each checkpoint. */
function checkpointOf(csv: string): number {
  return newestOf(csv, "next");
}

/** The catalog begins a new segment with a snapshot, which is not due before a million changes. */
function logBytes(csv: string): number {
  return statSync(`${csv}.wal-${newestOf(csv, "wal")}`).size;
}

/** The highest number of the files catalog.csv.KIND-NUMBER. */
function newestOf(csv: string, kind: string): number {
  const pattern = new RegExp(`^catalog\\.csv\\.${kind}-(\\d+)$`);
  return Math.max(...readdirSync(dirname(csv)).map((name) => Number(pattern.exec(name)?.[1] ?? 0)));
}

function startFigure(what: string, ms: number): Figure {
  const met = ms < startMsMax;
  return { what, value: `${(ms / 1_000).toFixed(1)} s`, target: `under ${startMsMax / 1_000} s`, met };
}

function ratioFigure(
  what: string,
  on: readonly Phase[],
  off: readonly Phase[],
  pick: (phase: Phase) => Purchases,
): Figure {
  const with1 = on.map((phase) => pick(phase).p99);
  const without = off.map((phase) => pick(phase).p99);
  const ratio = median(with1) / median(without);
  const value = `${median(with1).toFixed(1)} ms / ${median(without).toFixed(1)} ms = ${ratio.toFixed(2)}`;
  return {
    what: `${what}: p99 with checkpoints / without`,
    value,
    target: `at most ${ratioMax}`,
    met: ratio <= ratioMax,
  };
}

function writtenFigure(on: readonly Phase[], csvBytes: number): Figure {
  const bytes = median(on.map(({ writtenBytes, checkpoints }) => writtenBytes / checkpoints));
  const changed = median(on.map(({ paced, checkpoints }) => paced.count / checkpoints));
  return {
    what: `written by a checkpoint with about ${Math.round(changed)} changed products of ${products}`,
    value: `${(bytes / 1_000).toFixed(1)} kB; catalog.csv has ${(csvBytes / 1e6).toFixed(1)} MB`,
    target: "not what did not change: under 1 % of the file",
    met: bytes < csvBytes / 100,
  };
}

function notesOf(on: readonly Phase[], off: readonly Phase[]): string[] {
  const failed = [...on, ...off].reduce(
    (sum, { first, full, paced, whole }) => sum + first.failed + full.failed + paced.failed + whole.failed,
    0,
  );
  return [
    `Catalogs with checkpoints each second and without any took turns, ${rounds} rounds, medians; each purchase takes one piece of a product at random.`,
    `Both figures of the first ${warmSeconds} s are of processes whose code is cold; the others begin ${warmSeconds} s after a start. The whole file is written, in parts, after a start that does not find both files as they were left: here the other one was emptied.`,
    `The longest of ${2 * rounds} starts each; those after kill -9 are the ones without the other file.`,
    `${failed} purchases failed.`,
  ];
}

function describe({ first, full, paced, whole, writtenBytes, checkpoints }: Phase): string {
  const of = ({ seconds, count, p50, p99, longest }: Purchases): string =>
    `${Math.round(count / seconds)}/s, p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, longest ${longest.toFixed(0)} ms`;
  return `first ${of(first)}; with the whole file ${of(whole)}; full ${of(full)}; paced ${of(paced)}; ${checkpoints} checkpoints, ${(writtenBytes / 1_000).toFixed(1)} kB written`;
}

function inMs(values: readonly number[]): string {
  return `${values.map(Math.round).join(", ")} ms`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
