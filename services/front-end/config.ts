import { z } from "zod";
import { type Environment, readHost, readInteger, readPort, readVariable } from "../lib/config.ts";
import { type OrderLimits, orderLimits, type ProductLimits, productLimits } from "./core/limits.ts";
import { type ReplicaId, replicaIds } from "./core/types.ts";

/** Where an order replica serves front-ends. */
export interface ReplicaAddress {
  readonly id: ReplicaId;
  readonly host: string;
  readonly port: number;
}

export interface FrontEndConfig {
  /** Both ports are bound to it. */
  readonly bindAddress: string;
  readonly restPort: number;
  /** Another front-end on this machine may listen on restPort too. */
  readonly reusePort: boolean;
  /** For the catalog's invalidations. */
  readonly frontPort: number;
  readonly replicas: readonly ReplicaAddress[];
  readonly catalogHost: string;
  readonly catalogPort: number;
  /** No order replica reached by then: the process ends. */
  readonly startTimeoutMs: number;
  /** 200: out of stock is order number -1; otherwise an error with this status. */
  readonly outOfStockStatus: number;
  readonly orderLimits: OrderLimits;
  readonly productLimits: ProductLimits;
}

/** Throws ConfigError for the first variable that is not usable. */
export function readFrontEndConfig(env: Environment): FrontEndConfig {
  const pingIntervalMs = readInteger(env, "PING_INTERVAL", orderLimits.pingIntervalMs, {
    low: 100,
    high: 60_000,
    unit: "milliseconds",
  });
  return Object.freeze({
    bindAddress: readHost(env, "BIND_ADDRESS"),
    restPort: readPort(env, "REST_API_PORT", 1110),
    reusePort: readVariable(env, "REST_REUSE_PORT", z.enum(["0", "1"]), "0", "accepted is 0 or 1") === "1",
    frontPort: readPort(env, "FRONT_PORT", 1111),
    replicas: Object.freeze(replicaIds.map((id) => readReplica(env, id))),
    catalogHost: readHost(env, "CATALOG_HOST"),
    catalogPort: readPort(env, "CATALOG_PORT", 1130),
    startTimeoutMs: readInteger(env, "START_TIMEOUT", 10_000, { low: 100, high: 600_000, unit: "milliseconds" }),
    outOfStockStatus: readOutOfStockStatus(env),
    orderLimits: Object.freeze({ ...orderLimits, pingIntervalMs }),
    productLimits: Object.freeze({ ...productLimits, cacheEntriesMax: readCacheEntries(env) }),
  });
}

function readReplica(env: Environment, id: ReplicaId): ReplicaAddress {
  return Object.freeze({
    id,
    host: readHost(env, `ORDER_HOST_${id}`),
    port: readPort(env, `ORDER_PORT_${id}`, 1120 + id),
  });
}

function readOutOfStockStatus(env: Environment): number {
  const schema = z
    .string()
    .regex(/^(200|4\d\d)$/)
    .transform(Number);
  return readVariable(env, "OUT_OF_STOCK_STATUS", schema, "200", "accepted is 200 or a status from 400 to 499");
}

function readCacheEntries(env: Environment): number {
  const isOn = readVariable(env, "CACHE", z.enum(["on", "off"]), "on", "accepted is on or off") === "on";
  const range = { low: 1, high: 10_000_000, unit: "products" };
  const entries = readInteger(env, "CACHE_ENTRIES_MAX", productLimits.cacheEntriesMax, range);
  return isOn ? entries : 0;
}
