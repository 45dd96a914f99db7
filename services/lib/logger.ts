import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

export type { Logger } from "pino";

/**
 * The process's log on standard output: one line per event that an operator
 * cares about, readable in a terminal, JSON elsewhere. LOG_LEVEL chooses (info).
 * Written synchronously: the last line before an exit is the one that matters.
 */
export function makeLogger(name: string): Logger {
  const level = process.env["LOG_LEVEL"] || "info";
  const readable = process.stdout.isTTY || process.env["LOG_FORMAT"] === "pretty";
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
