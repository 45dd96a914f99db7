import { FrontService } from "../../gen/toystore/front/v1/front_pb.ts";
import { systemClock } from "../lib/clock.ts";
import { readOrExit } from "../lib/config.ts";
import { listenProblem } from "../lib/listen-problem.ts";
import { makeLogger } from "../lib/logger.ts";
import { connectTo } from "../lib/rpc-client.ts";
import { type RpcServer, serveRpc } from "../lib/rpc-server.ts";
import { systemRandom } from "../lib/system-random.ts";
import { type FrontEndConfig, readFrontEndConfig } from "./config.ts";
import type { ReplicaId } from "./core/types.ts";
import { type EncodedProduct, encodeProduct } from "./http/products.ts";
import { type HttpServer, serveHttp } from "./http/server.ts";
import { OrderDriver } from "./order-driver.ts";
import type { OperatorPort, ReplicaPort } from "./ports.ts";
import { ProductDriver } from "./product-driver.ts";
import { CatalogClient } from "./rpc/catalog-client.ts";
import { frontService } from "./rpc/front-service.ts";
import { OrderClient } from "./rpc/order-client.ts";

const tickMs = 10;

const config = readOrExit(readFrontEndConfig);
const log = makeLogger("front-end");
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

const defer = (callback: () => void): void => void setImmediate(callback);
const operator: OperatorPort = { notice: (level, message, details) => log[level](details, message) };
const orders = makeOrders(config);
const products = makeProducts(config);
const rpc = await listenRpc(config);
const http = listenHttp(config);
log.info({ restPort: http.port, frontPort: rpc.port }, "front-end listening");

const startedAtMs = systemClock.now();
let isReady = false;
const ticker = setInterval(tick, tickMs);
tick();
process.once("SIGTERM", (signal) => void stop(signal));
process.once("SIGINT", (signal) => void stop(signal));

function tick(): void {
  orders.tick();
  products.tick();
  http.tick();
  if (!isReady) awaitReadiness();
}

/** Tells once when the store is open; ends the process if no order replica shows up. */
function awaitReadiness(): void {
  if (orders.status().serving && products.status().catalogUp) {
    isReady = true;
    log.info({ restPort: http.port }, "open");
  }
  if (orders.hasReachedAny || systemClock.now() - startedAtMs < config.startTimeoutMs) return;
  const addresses = config.replicas.map(({ host, port }) => `${host}:${port}`);
  log.fatal({ addresses }, `no order replica answered within ${config.startTimeoutMs} ms: ${addresses.join(", ")}`);
  process.exit(1);
}

async function stop(signal: string): Promise<void> {
  log.info({ signal }, "stopping");
  await http.stop();
  clearInterval(ticker);
  orders.close();
  products.close();
  await rpc.close();
  log.info("stopped");
  process.exit(0);
}

function makeOrders({ replicas, orderLimits: limits }: FrontEndConfig): OrderDriver {
  const ports = new Map<ReplicaId, ReplicaPort>();
  for (const { id, host, port } of replicas) {
    ports.set(id, new OrderClient(connectTo(host, port), connectTo(host, port), limits.pingTimeoutMs));
  }
  return new OrderDriver({ limits, clock: systemClock, random: systemRandom, defer, replicas: ports, operator });
}

function makeProducts({
  catalogHost,
  catalogPort,
  productLimits: limits,
}: FrontEndConfig): ProductDriver<EncodedProduct> {
  const catalog = new CatalogClient(connectTo(catalogHost, catalogPort));
  return new ProductDriver({ limits, clock: systemClock, defer, catalog, operator, present: encodeProduct });
}

async function listenRpc({ bindAddress: host, frontPort: port }: FrontEndConfig): Promise<RpcServer> {
  try {
    return await serveRpc({ host, port, routes: (router) => router.service(FrontService, frontService(products)) });
  } catch (error) {
    return explainPort(error, port, "FRONT_PORT");
  }
}

function listenHttp(options: FrontEndConfig): HttpServer {
  try {
    return serveHttp({
      ...options,
      host: options.bindAddress,
      port: options.restPort,
      orders,
      products,
      now: () => systemClock.now(),
      onError: (error) => log.error({ err: error }, "a request failed"),
    });
  } catch (error) {
    return explainPort(error, options.restPort, "REST_API_PORT");
  }
}

/** Ends the process: the port cannot be had. */
function explainPort(error: unknown, port: number, variable: string): never {
  log.fatal(listenProblem(error, { variable, port }, config.bindAddress));
  process.exit(1);
}

function fail(error: unknown): never {
  log.fatal({ err: error }, "broken: this process ends");
  process.exit(1);
}
