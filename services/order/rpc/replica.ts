import type { Event, Status } from "../core/types.ts";

/** The replica as its adapters see it: they bring events and ask how it is. */
export interface Replica {
  take(event: Event): void;
  status(): Status;
}

/** Tells the operator; `details` are fields of the log line. */
export type Notice = (
  level: "info" | "warn" | "error",
  message: string,
  details: Readonly<Record<string, unknown>>,
) => void;
