import { z } from "zod";
import { addressOf } from "../lib/address.ts";
import { type Environment, readHost, readInteger, readPath, readPort, readVariable } from "../lib/config.ts";
import type { Settings } from "./core/limits.ts";

export interface Config {
  readonly bindAddress: string;
  readonly port: number;
  readonly catalogFile: string;
  /** host:port of every front-end. */
  readonly frontAddresses: readonly string[];
  readonly settings: Settings;
}

const dayMs = 86_400_000;
const frontEndsMax = 64;

/** Reads and checks every variable of the catalog. Throws ConfigError. */
export function readConfig(env: Environment): Config {
  const settings = {
    checkpointIntervalMs: readInteger(env, "CHECKPOINT_INTERVAL", 1_000, {
      low: 10,
      high: dayMs,
      unit: "milliseconds",
    }),
    restockIntervalMs: readInteger(env, "RESTOCK_INTERVAL", 10_000, { low: 10, high: dayMs, unit: "milliseconds" }),
    restockQuantity: readInteger(env, "RESTOCK_QUANTITY", 100, { low: 1, high: 1_000_000_000, unit: "pieces" }),
  };
  return Object.freeze({
    bindAddress: readHost(env, "BIND_ADDRESS"),
    port: readPort(env, "CATALOG_PORT", 1130),
    catalogFile: readPath(env, "CATALOG_FILE", "data/catalog.csv"),
    frontAddresses: readAddresses(env),
    settings: Object.freeze(settings),
  });
}

function readAddresses(env: Environment): readonly string[] {
  const fallback = addressOf(readHost(env, "FRONT_HOST"), readPort(env, "FRONT_PORT", 1111));
  const address = z
    .string()
    .regex(/^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/)
    .refine((text) => URL.canParse(`http://${text}`))
    .refine((text) => isPort(Number(text.slice(text.lastIndexOf(":") + 1))));
  const schema = z
    .string()
    .transform((text) => text.split(",").map((part) => part.trim()))
    .pipe(z.array(address).min(1).max(frontEndsMax));
  const accepted = `accepted is a list host:port,host:port of 1 to ${frontEndsMax} front-ends`;
  return [...new Set(readVariable(env, "FRONT_ADDRESSES", schema, fallback, accepted))];
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}
