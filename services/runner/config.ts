import { join } from "node:path";
import { z } from "zod";
import { addressOf } from "../lib/address.ts";
import { ConfigError, type Environment, readHost, readPath, readPort, readVariable } from "../lib/config.ts";
import type { PortUse } from "../lib/listen-problem.ts";

/** Where the store's five processes run and keep their files. */
export interface RunnerConfig {
  readonly dataFolder: string;
  readonly catalogFile: string;
  /** Of replicas 1, 2 and 3. */
  readonly orderLogFiles: readonly [string, string, string];
  readonly bindAddress: string;
  /** Front-end's REST address, without a slash at its end. */
  readonly url: string;
  readonly ports: readonly PortUse[];
  /** Start a process again that ended by itself. */
  readonly restart: boolean;
}

/** The variables of the environment that make a store what it is; what one has, a process restarted by hand needs too. */
export const storeVariables: readonly string[] = [
  "REST_API_PORT",
  "FRONT_HOST",
  "FRONT_PORT",
  "FRONT_ADDRESSES",
  "CATALOG_HOST",
  "CATALOG_PORT",
  "BIND_ADDRESS",
  ...[1, 2, 3].flatMap((id) => [`ORDER_HOST_${id}`, `ORDER_PORT_${id}`, `ORDER2_PORT_${id}`]),
  "RESTOCK_INTERVAL",
  "RESTOCK_QUANTITY",
  "CHECKPOINT_INTERVAL",
  "PING_INTERVAL",
  "OUT_OF_STOCK_STATUS",
  "CACHE",
  "CACHE_ENTRIES_MAX",
  "REST_REUSE_PORT",
];

/** Throws ConfigError. */
export function readRunnerConfig(env: Environment): RunnerConfig {
  const dataFolder = readPath(env, "DATA_DIR", "data");
  const ports = readPorts(env);
  refuseSharedPorts(ports);
  refuseOneLog(env);
  const log = (id: number): string => join(dataFolder, `log${id}.csv`);
  return Object.freeze({
    dataFolder,
    catalogFile: readPath(env, "CATALOG_FILE", join(dataFolder, "catalog.csv")),
    orderLogFiles: [log(1), log(2), log(3)] as const,
    bindAddress: readHost(env, "BIND_ADDRESS"),
    url: `http://${addressOf(readHost(env, "FRONT_HOST"), readPort(env, "REST_API_PORT", 1110))}`,
    ports,
    restart: readVariable(env, "RESTART", z.enum(["0", "1"]), "0", "accepted is 0 or 1") === "1",
  });
}

function readPorts(env: Environment): PortUse[] {
  const defaults: readonly (readonly [string, number])[] = [
    ["REST_API_PORT", 1110],
    ["FRONT_PORT", 1111],
    ...[1, 2, 3].map((id) => [`ORDER_PORT_${id}`, 1120 + id] as const),
    ...[1, 2, 3].map((id) => [`ORDER2_PORT_${id}`, 1123 + id] as const),
    ["CATALOG_PORT", 1130],
  ];
  return defaults.map(([variable, fallback]) => ({ variable, port: readPort(env, variable, fallback) }));
}

function refuseSharedPorts(ports: readonly PortUse[]): void {
  const users = new Map<number, string>();
  for (const { variable, port } of ports) {
    const other = users.get(port);
    if (other !== undefined)
      throw new ConfigError(`${other} and ${variable} are both ${port}: each needs a port of its own`);
    users.set(port, variable);
  }
}

function refuseOneLog(env: Environment): void {
  const file = env["ORDER_LOG_FILE"];
  if (file === undefined || file === "") return;
  const advice = "three replicas need three files; unset it and choose their folder by DATA_DIR";
  throw new ConfigError(`ORDER_LOG_FILE=${JSON.stringify(file)} names one file: ${advice}`);
}
