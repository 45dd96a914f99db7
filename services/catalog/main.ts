import { randomBytes } from "node:crypto";
import { systemClock } from "../lib/clock.ts";
import { readOrExit } from "../lib/config.ts";
import { lockProblem } from "../lib/file-lock.ts";
import { followLinks } from "../lib/follow-links.ts";
import { listenProblem } from "../lib/listen-problem.ts";
import { type Logger, makeLogger } from "../lib/logger.ts";
import { connectToAddress } from "../lib/rpc-client.ts";
import { type RpcServer, serveRpc } from "../lib/rpc-server.ts";
import { systemRandom } from "../lib/system-random.ts";
import { type Config, readConfig } from "./config.ts";
import { Catalog } from "./core/catalog.ts";
import type { Position } from "./core/types.ts";
import { Driver } from "./driver.ts";
import { InvalidationClient } from "./rpc/invalidation.ts";
import { catalogRoutes } from "./rpc/service.ts";
import { systemFiles } from "./storage/files.ts";
import { CatalogFileError } from "./storage/names.ts";
import { Store } from "./storage/store.ts";

const stopMsMax = 3_000;

const config = readOrExit(readConfig);
const logger = makeLogger("catalog");
/** What is there so far; each part rests on the one before. */
const running: { server?: RpcServer; driver?: Driver; clients?: InvalidationClient[] } = {};
process.once("SIGTERM", stop);
process.once("SIGINT", stop);

// Before the files are touched: another catalog may be at work on them.
const inUse = lockProblem(config.catalogFile, "CATALOG_FILE");
if (inUse !== undefined) exitWith(inUse);
const catalogFile = followLinks(config.catalogFile);
running.server = await listen(config);
running.driver = await recover(config, logger);
running.clients = dialFrontEnds(config, running.driver);
logger.info({ port: running.server.port, file: catalogFile, frontEnds: config.frontAddresses }, "catalog-open");

async function listen({ bindAddress, port }: Config): Promise<RpcServer> {
  try {
    return await serveRpc({ host: bindAddress, port, routes: catalogRoutes(() => running.driver) });
  } catch (error) {
    return exitWith(listenProblem(error, { variable: "CATALOG_PORT", port }, bindAddress));
  }
}

async function recover({ settings }: Config, log: Logger): Promise<Driver> {
  try {
    const listener = { durable: (position: Position) => running.driver?.durable(position), failed };
    const { store, notices, ...start } = await Store.open(systemFiles, catalogFile, listener);
    for (const notice of notices) log[notice.level](notice.details, notice.message);
    const { position, storeId, settledBelow, productCount: products } = start.ledger;
    log.info({ position, storeId, settledBelow, products }, "catalog-recovered");
    return new Driver(new Catalog(systemClock.now(), start, settings), store, systemClock, log, broken);
  } catch (error) {
    if (error instanceof CatalogFileError) return exitWith(error.message);
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined) return exitWith(`CATALOG_FILE=${catalogFile} cannot be used: ${message}`);
    throw error;
  }
}

function dialFrontEnds({ frontAddresses }: Config, catalog: Driver): InvalidationClient[] {
  const catalogRun = randomBytes(8).toString("hex");
  const onUnreachable = (address: string): void => logger.warn({ address }, "front-end-unreachable");
  const dialling = { catalogRun, catalog, dial: connectToAddress, random: systemRandom, onUnreachable };
  return frontAddresses.map((address) => new InvalidationClient({ address, ...dialling }));
}

/** What a failed sync leaves on the disk is unknown; only a start that reads it again can tell. */
function failed(error: Error): void {
  logger.fatal({ reason: error.message }, "log-sync-failed");
  process.exit(1);
}

function broken(error: unknown): void {
  logger.fatal({ err: error }, "invariant-broken");
  process.exit(1);
}

function stop(): void {
  logger.info("catalog-stopping");
  setTimeout(() => {
    logger.error({ afterMs: stopMsMax }, "catalog-stop-overdue");
    process.exit(0);
  }, stopMsMax);
  void finish();
}

async function finish(): Promise<void> {
  await running.driver?.stop();
  await Promise.all((running.clients ?? []).map((client) => client.close()));
  await running.server?.close();
  logger.info("catalog-stopped");
  process.exit(0);
}

function exitWith(line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}
