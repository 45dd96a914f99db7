import { type Logger, pino } from "pino";
import pretty from "pino-pretty";
import { z } from "zod";
import { type Environment, readOrExit, readVariable } from "./config.ts";

export type { Logger } from "pino";

/** What of the log is written, and how. */
interface LogConfig {
  readonly level: string;
  /** Undefined: readable in a terminal, JSON elsewhere. */
  readonly format: "pretty" | "json" | undefined;
}

const levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** Throws ConfigError. */
export function readLogConfig(env: Environment): LogConfig {
  const level = readVariable(env, "LOG_LEVEL", z.enum(levels), "info", `accepted is one of ${levels.join(", ")}`);
  const format = readVariable(env, "LOG_FORMAT", z.enum(["", "pretty", "json"]), "", "accepted is pretty or json");
  return Object.freeze({ level, format: format === "" ? undefined : format });
}

/**
 * The process's log on standard output: one line per event that an operator
 * cares about. LOG_LEVEL and LOG_FORMAT choose; one that is not usable ends the
 * process like every other variable. Written synchronously: the last line before
 * an exit is the one that matters.
 */
export function makeLogger(name: string): Logger {
  const { level, format } = readOrExit(readLogConfig);
  const readable = format === undefined ? process.stdout.isTTY : format === "pretty";
  const stream = readable
    ? pretty({
        sync: true,
        colorize: process.stdout.isTTY,
        singleLine: true,
        ignore: "pid,hostname,name",
        translateTime: "HH:MM:ss.l",
      })
    : pino.destination({ dest: 1, sync: true });
  return pino({ name, level }, stream);
}
