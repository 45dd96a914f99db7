import type { TestProcess } from "../../harness/process.ts";
import { awaitUnity } from "../store/standing.ts";
import { catalogAway, type Scene, someSales } from "./fault.ts";

/** An orderly stop ends with status 0. */
export async function expectEnding(process: TestProcess, signal: NodeJS.Signals): Promise<void> {
  const { status } = await process.kill(signal);
  if (signal === "SIGTERM" && status !== 0) throw new Error(`${process.name} ended with ${status}\n${process.tail()}`);
}

/** A purchase waits 3 s; a catalog that is back so soon, and waits one lease then, makes none wait longer. */
const soonMs = 1_500;

/** Ends the catalog and starts it again. Returns what is excused if it was gone for longer than `soonMs`. */
export async function restartCatalog(
  { store, load }: Scene,
  signal: NodeJS.Signals,
  whileDown: (csv: string) => Promise<void> | void = () => undefined,
): Promise<RegExp | void> {
  const startMs = performance.now();
  await expectEnding(store.catalog, signal);
  await whileDown(store.catalogFile);
  const linesBefore = store.catalog.lines.length;
  store.catalog.start();
  await store.catalog.line(/catalog-open/, linesBefore);
  const goneMs = performance.now() - startMs;
  await awaitUnity(store);
  await load.progress(someSales);
  return goneMs > soonMs ? catalogAway.excused : undefined;
}
