import { type Environment, readHost, readInteger, readPath, readPort } from "../lib/config.ts";
import type { ReplicaId } from "./core/types.ts";

/** Where a replica is found. */
export interface ReplicaAddress {
  readonly id: ReplicaId;
  readonly host: string;
  /** For front-ends and forwarded calls. */
  readonly orderPort: number;
  /** Between replicas. */
  readonly recoveryPort: number;
}

export interface OrderConfig {
  readonly id: ReplicaId;
  /** This replica and the others, by id. */
  readonly replicas: readonly ReplicaAddress[];
  readonly logFile: string;
  readonly catalogHost: string;
  readonly catalogPort: number;
  /** Both ports are bound to it. */
  readonly bindAddress: string;
}

const firstOrderPort = 1121;
const firstRecoveryPort = 1124;
const ids = [1, 2, 3] as ReplicaId[];

/** Throws ConfigError for the first variable that is not usable. */
export function readOrderConfig(env: Environment): OrderConfig {
  const id = readInteger(env, "COMPONENT_ID", 1, { low: 1, high: 3, unit: "which replica this is" }) as ReplicaId;
  return Object.freeze({
    id,
    replicas: ids.map((replica) => readAddress(env, replica)),
    logFile: readPath(env, "ORDER_LOG_FILE", `data/log${id}.csv`),
    catalogHost: readHost(env, "CATALOG_HOST"),
    catalogPort: readPort(env, "CATALOG_PORT", 1130),
    bindAddress: readHost(env, "BIND_ADDRESS"),
  });
}

function readAddress(env: Environment, id: ReplicaId): ReplicaAddress {
  return Object.freeze({
    id,
    host: readHost(env, `ORDER_HOST_${id}`),
    orderPort: readPort(env, `ORDER_PORT_${id}`, firstOrderPort + id - 1),
    recoveryPort: readPort(env, `ORDER2_PORT_${id}`, firstRecoveryPort + id - 1),
  });
}
