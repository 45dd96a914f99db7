import { randomUUID } from "node:crypto";
import { OrderService } from "../../gen/toystore/order/v1/order_pb.ts";
import { RecoveryService } from "../../gen/toystore/recovery/v1/recovery_pb.ts";
import { systemClock } from "../lib/clock.ts";
import { readOrExit } from "../lib/config.ts";
import { lockProblem } from "../lib/file-lock.ts";
import { listenProblem } from "../lib/listen-problem.ts";
import { makeLogger } from "../lib/logger.ts";
import { type Connection, connectTo } from "../lib/rpc-client.ts";
import { type ReservedRpcServer, reserveRpc } from "../lib/rpc-server.ts";
import { adaptiveSync } from "../lib/synced-file.ts";
import { systemRandom } from "../lib/system-random.ts";
import { type ReplicaAddress, readOrderConfig } from "./config.ts";
import { defaultLimits } from "./core/limits.ts";
import { createReplica } from "./core/replica.ts";
import type { Core, LogPosition, ReplicaId } from "./core/types.ts";
import { Driver } from "./driver.ts";
import { BeatSource } from "./rpc/beat.ts";
import { Callers } from "./rpc/callers.ts";
import { CatalogProbe } from "./rpc/catalog-probe.ts";
import { CatalogSession } from "./rpc/catalog-session.ts";
import { Forwarding } from "./rpc/forwarding.ts";
import { defaultRpcLimits } from "./rpc/limits.ts";
import { OrderServer } from "./rpc/order-service.ts";
import { PeerLink } from "./rpc/peer-link.ts";
import { Peers } from "./rpc/peers.ts";
import { RecoveryServer } from "./rpc/recovery-service.ts";
import type { Notice } from "./rpc/replica.ts";
import { type Disk, systemDisk } from "./storage/disk.ts";
import { type FileStore, openFileStore } from "./storage/file-store.ts";
import { DamageError } from "./storage/store.ts";

/** Last answers have so long to reach their callers. */
const closingGraceMs = 200;

const config = readOrExit(readOrderConfig);
const logger = makeLogger(`order${config.id}`);
const notice: Notice = (level, message, details) => logger[level](details, message);
const others = config.replicas.filter(({ id }) => id !== config.id);

/** How a life of the replica ended: for good, or to begin again without its damaged data. */
type End = "stopped" | "damaged";

const stopped = new Promise<End>((resolve) => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => resolve("stopped"));
});

// What nobody caught leaves the replica in an unknown state, as a broken invariant does.
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

// Before the files are touched: another replica may be at work on them.
const inUse = lockProblem(config.logFile, "ORDER_LOG_FILE");
if (inUse !== undefined) exitWith(inUse);

while ((await live()) === "damaged") logger.warn("starting again without the damaged data");
logger.info("stopped");
process.exit(0);

/** From taking the ports to releasing them. */
async function live(): Promise<End> {
  const { id, replicas, logFile } = config;
  const own = replicas.find((replica) => replica.id === id) ?? exitWith(`replica ${id} has no address`);
  const orderPort = await listen(own.orderPort, `ORDER_PORT_${id}`);
  const recoveryPort = await listen(own.recoveryPort, `ORDER2_PORT_${id}`);
  const damage = Promise.withResolvers<End>();
  let running: Running | undefined;
  const onDurable = (last: LogPosition): void => running?.driver.take({ type: "log-durable", last });
  // A follower has nothing to do before its disk is done, nor a leader that one client keeps busy; others would wait.
  const mayWait = (): boolean => (running?.callsUnderWay() ?? 0) <= 1;
  const disk = { ...systemDisk, sync: adaptiveSync(mayWait) };
  const store = await openStore(disk, onDurable, () => damage.resolve("damaged"));
  const data = whereabouts(store);
  running = start(store, orderPort, recoveryPort);
  store.forgetFound();
  logger.info({ ...data, orderPort: orderPort.port, recoveryPort: recoveryPort.port, logFile }, "started");

  const end = await Promise.race([stopped, damage.promise]);
  if (end === "stopped") await running?.handOver();
  running?.close();
  await Promise.all([orderPort.close(closingGraceMs), recoveryPort.close(closingGraceMs)]);
  await store.close();
  return end;
}

interface Running {
  readonly driver: Driver;
  callsUnderWay(): number;
  handOver(): Promise<void>;
  /** Ends every stream and timer; the ports still belong to this process. */
  close(): void;
}

/** Undefined: what the disk held turned out to be damaged; the store says so by itself. */
function start(store: FileStore, orderPort: ReservedRpcServer, recoveryPort: ReservedRpcServer): Running | undefined {
  const core = recover(store);
  if (core === undefined) return undefined;
  const { tickMs, handOverMs } = defaultLimits;
  const driver = new Driver({ core, clock: systemClock, tickMs, defer: (drain) => setImmediate(drain), fail });
  const beat = new BeatSource();
  const callers = new Callers();
  const orders = new OrderServer(driver, callers, defaultRpcLimits, beat);
  const recovery = new RecoveryServer(config.id, driver, defaultRpcLimits, notice);
  const peers = new Peers(new Map(others.map((peer) => [peer.id, link(peer, driver)])), recovery, beat);
  const leaders = new Map(
    others.map((peer): [ReplicaId, Connection] => [peer.id, connectTo(peer.host, peer.orderPort)]),
  );
  const forwarding = new Forwarding(leaders, driver, defaultRpcLimits, beat);
  const catalogAt = (): Connection => connectTo(config.catalogHost, config.catalogPort);
  const catalog = new CatalogSession(catalogAt(), driver, defaultRpcLimits, notice, beat);
  const probe = new CatalogProbe(catalogAt(), driver, defaultRpcLimits, beat);

  driver.start({ log: store, peers, callers, forwarding, catalog, operator: { notice } });
  const stopBeat = beat.run(defaultRpcLimits.beatMs);
  orderPort.serve((router) => router.service(OrderService, orders));
  recoveryPort.serve((router) => router.service(RecoveryService, recovery));
  return {
    driver,
    callsUnderWay: () => orders.callsUnderWay,
    async handOver() {
      logger.info("stopping");
      await Promise.race([driver.handOver(), Bun.sleep(handOverMs)]);
    },
    close() {
      stopBeat();
      driver.stop();
      for (const part of [orders, recovery, peers, forwarding, catalog, probe]) part.close();
    },
  };
}

function recover({ found }: FileStore): Core | undefined {
  try {
    return createReplica({
      id: config.id,
      peers: others.map(({ id }) => id),
      recovered: found.recovered,
      mayFound: found.recovered === undefined && found.mayFound,
      newStoreId: randomUUID,
      random: systemRandom,
      limits: defaultLimits,
    });
  } catch (error) {
    fail(error);
    return undefined;
  }
}

function link(peer: ReplicaAddress, replica: Driver): PeerLink {
  const connection = connectTo(peer.host, peer.recoveryPort);
  return new PeerLink({ own: config.id, peer: peer.id, connection, replica, limits: defaultRpcLimits, notice });
}

async function openStore(disk: Disk, onDurable: (last: LogPosition) => void, onDamage: () => void): Promise<FileStore> {
  const { id: replicaId, logFile } = config;
  try {
    return await openFileStore({
      logFile,
      replicaId,
      disk,
      onDurable,
      onDamage,
      onFailed: fail,
      notice: ({ level, message, details }) => notice(level, message, details),
    });
  } catch (error) {
    return exitWith(`the replica's files cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function whereabouts({ found: { recovered } }: FileStore): Record<string, unknown> {
  if (recovered === undefined) return { data: "none" };
  const { storeId, term, last, orders, voter } = recovered;
  return { storeId, term, lastIndex: last.index, lastTerm: last.term, orders, voter };
}

/** A replica that may have lost a write, or whose state contradicts itself, must not go on. */
function fail(error: unknown): void {
  // The store sets its files aside, reports the place, and ends this life of the replica.
  if (error instanceof DamageError) return;
  logger.fatal({ err: error }, "the replica cannot go on");
  process.exit(1);
}

async function listen(port: number, variable: string): Promise<ReservedRpcServer> {
  try {
    return await reserveRpc({ host: config.bindAddress, port });
  } catch (error) {
    return exitWith(listenProblem(error, { variable, port }, config.bindAddress));
  }
}

function exitWith(line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}
