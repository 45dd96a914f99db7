import { type Logger, pino } from "pino";
import { Catalog } from "../../../services/catalog/core/catalog.ts";
import { Driver } from "../../../services/catalog/driver.ts";
import { Store } from "../../../services/catalog/storage/store.ts";
import { systemClock } from "../../../services/lib/clock.ts";
import { MemoryFiles } from "../storage/memory-files.ts";

const path = "/store/catalog.csv";
const settings = { checkpointIntervalMs: 1_000, restockIntervalMs: 10_000, restockQuantity: 100 };

/** A whole catalog on files in memory, without a network. */
export interface Running {
  readonly driver: Driver;
  readonly files: MemoryFiles;
  /** Messages of what it logged. */
  readonly logged: string[];
  /** Errors that would have ended the process. */
  readonly broken: unknown[];
  /** Lets the clock go forward at once. */
  skip(ms: number): void;
  /** Lets the clock stand still, but for what is skipped: nothing then depends on how fast this machine is. */
  freeze(): void;
}

/** Starts one whose leases from before the start are over. */
export async function startCatalog(rows = "Tux,15.99,100\nWhale,24.99,5\n"): Promise<Running> {
  const files = new MemoryFiles();
  files.put(path, `product_name,price,quantity\n${rows}`);
  let skippedMs = 0;
  let frozenAtMs: number | undefined;
  const clock = { now: () => (frozenAtMs ?? systemClock.now()) + skippedMs };
  const logged: string[] = [];
  const broken: unknown[] = [];
  const late: { driver: Driver | undefined } = { driver: undefined };
  const { store, ...start } = await Store.open(files, path, {
    durable: (position) => late.driver?.durable(position),
    failed: (error) => broken.push(error),
  });
  const catalog = new Catalog(clock.now(), start, settings);
  const driver = new Driver(catalog, store, clock, loggerInto(logged), (error) => broken.push(error));
  late.driver = driver;
  skippedMs = 500;
  return {
    driver,
    files,
    logged,
    broken,
    freeze: () => {
      frozenAtMs = systemClock.now();
    },
    skip: (ms) => {
      skippedMs += ms;
    },
  };
}

function loggerInto(logged: string[]): Logger {
  const write = (line: string): void => {
    logged.push((JSON.parse(line) as { msg: string }).msg);
  };
  return pino({ level: "debug" }, { write });
}
