import { join } from "node:path";
import { Command } from "commander";
import { initialCatalog } from "../services/catalog/initial.ts";
import { formatCatalog } from "../services/catalog/storage/csv.ts";
import { readOrExit } from "../services/lib/config.ts";
import { listenForInterrupts } from "../services/lib/interrupts.ts";
import { storeComponents } from "../services/runner/components.ts";
import { readRunnerConfig } from "../services/runner/config.ts";
import { isNewStore, writeWithFolder } from "../services/runner/initial-catalog.ts";
import { findProblems, runStore } from "../services/runner/run-store.ts";

const { restart } = new Command("services")
  .description("Runs a whole store on this machine: catalog, three order replicas and front-end.")
  .option("--restart", "start a process again that ends by itself (also RESTART=1)")
  .addHelpText("after", "\nFiles are kept in DATA_DIR (data). README.md lists every variable of the environment.")
  .parse()
  .opts<{ restart?: true }>();

/** False if the file cannot be written; the operator is told. */
function makeCatalog(file: string): boolean {
  const rows = initialCatalog();
  try {
    writeWithFolder(file, formatCatalog(rows));
  } catch (error) {
    process.stderr.write(`${file} cannot be written: ${(error as Error).message}\n`);
    return false;
  }
  process.stdout.write(`A new store: ${file} has ${rows.length} toys.\n`);
  return true;
}

async function main(): Promise<number> {
  const read = readOrExit(readRunnerConfig);
  const config = restart === true ? { ...read, restart } : read;
  const problems = await findProblems(config);
  if (problems.length > 0) {
    process.stderr.write(`${problems.join("\n")}\n`);
    return 1;
  }
  if (isNewStore(config) && !makeCatalog(config.catalogFile)) return 1;
  const readable = process.stdout.isTTY;
  const place = {
    root: join(import.meta.dir, ".."),
    workingFolder: process.cwd(),
    executable: process.execPath,
    env: process.env,
    readable,
  };
  const components = storeComponents(config, place);
  const coloured = readable && (process.env["NO_COLOR"] ?? "") === "";
  const run = runStore({ config, components, coloured, write: (text) => process.stdout.write(text) });
  listenForInterrupts(() => run.stop(), ["SIGINT", "SIGTERM", "SIGHUP"]);
  // The reader of our output may leave (a pipe to head): then nobody watches the store.
  process.stdout.on("error", () => run.stop());
  return run.finished;
}

process.exit(await main());
