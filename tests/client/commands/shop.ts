import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { parseRun } from "../../../services/client/arguments/run.ts";
import { performRun, type RunWorld } from "../../../services/client/commands/perform.ts";
import { Progress } from "../../../services/client/report/progress.ts";
import { systemClock } from "../../../services/lib/clock.ts";

const toys = { names: ["Tux", "Whale", "Lego"], from: "three toys" };

/** A run against `store`, in this process; pauses take no time. */
export async function shop(store: { port: number }, words = "", changed: Partial<RunWorld> = {}) {
  const given = words.split(" ").filter((word) => word !== "");
  const parsed = parseRun(words.includes("--target") ? given : ["--front-port", `${store.port}`, ...given]);
  if (parsed.type !== "run") throw new Error(`not accepted: ${JSON.stringify(parsed)}`);
  const performed = await performRun(parsed.arguments, toys, {
    clock: { now: () => performance.timeOrigin + systemClock.now() },
    pause: () => Promise.resolve(),
    makeKey: () => crypto.randomUUID(),
    interrupted: () => false,
    progress: new Progress({ isTerminal: false, columns: 80, write: () => undefined }),
    ...changed,
  });
  if (performed.type !== "report") throw new Error(performed.problem);
  // The evidence of a broken promise is kept for people; here it must leave no file.
  if (performed.journalKept !== undefined) rmSync(dirname(performed.journalKept), { recursive: true });
  return performed.report;
}

/** Some sixty looks, some fifty purchases. */
export const usual = "--n-repeats 20 --n-threads 3 --p 0.8 --seed 1";

/** Fails the first attempt of each purchase. */
export function failFirst(status: number): (request: Request) => Response | undefined {
  const failed = new Set<string>();
  return (request) => {
    const key = request.headers.get("idempotency-key");
    if (key === null || failed.has(key)) return undefined;
    failed.add(key);
    return new Response("", { status });
  };
}
