import { isIPv6 } from "node:net";
import { z } from "zod";
import { addressOf } from "./address.ts";

/** A variable of the environment is not usable; the message is one line for the operator. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

export type Environment = Readonly<Record<string, string | undefined>>;

function describe(name: string, value: string | undefined, accepted: string): ConfigError {
  const shown = value === undefined ? "(not set)" : JSON.stringify(value);
  return new ConfigError(`${name}=${shown} is not usable: ${accepted}`);
}

/** Reads one variable; unset or empty means `fallback`. Throws ConfigError. */
export function readVariable<T>(
  env: Environment,
  name: string,
  schema: z.ZodType<T>,
  fallback: string,
  accepted: string,
): T {
  const value = env[name];
  const result = schema.safeParse(value === undefined || value === "" ? fallback : value);
  if (!result.success) throw describe(name, value, accepted);
  return result.data;
}

export function readPort(env: Environment, name: string, fallback: number): number {
  const schema = z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.number().int().min(1).max(65535));
  return readVariable(env, name, schema, String(fallback), "accepted is a port, 1 to 65535");
}

/** A name, or an IP address; one of IPv6 comes without the brackets that it may be given in. */
export function readHost(env: Environment, name: string, fallback = "127.0.0.1"): string {
  const schema = z
    .string()
    .transform((text) => /^\[(.*)\]$/.exec(text)?.[1] ?? text)
    .refine((text) => isIPv6(text) || /^[A-Za-z0-9._-]{1,253}$/.test(text))
    // An address such as 999.1.1.1, or one with a zone, has no place in a URL.
    .refine((text) => URL.canParse(`http://${addressOf(text, 80)}`));
  return readVariable(env, name, schema, fallback, "accepted is a host name or an IP address, without a port");
}

/** A whole number within [low, high]; `unit` is for the message only. */
export function readInteger(
  env: Environment,
  name: string,
  fallback: number,
  range: { low: number; high: number; unit: string },
): number {
  const schema = z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().int().min(range.low).max(range.high));
  const accepted = `accepted is a whole number from ${range.low} to ${range.high} (${range.unit})`;
  return readVariable(env, name, schema, String(fallback), accepted);
}

export function readPath(env: Environment, name: string, fallback: string): string {
  const schema = z.string().refine((text) => !text.includes("\0") && text.length <= 4096);
  return readVariable(env, name, schema, fallback, "accepted is a path of a file");
}

/** Reads a configuration or ends the process with status 1 and the one line of the error. */
export function readOrExit<T>(read: (env: Environment) => T): T {
  try {
    return read(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
