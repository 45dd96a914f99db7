import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { type Component, followParentFile } from "../../services/runner/components.ts";

/** A component that runs a piece of JavaScript in place of a service. */
export function stub(name: string, script: string, stopGroup = 0): Component {
  return {
    name,
    service: name.split(" ")[0] ?? "",
    command: [process.execPath, "--preload", followParentFile, "-e", script],
    env: { PATH: process.env["PATH"] },
    commandLine: `start ${name}`,
    stopGroup,
  };
}

/** Says hello, stays until SIGTERM, says goodbye and ends with 0. */
export const politeScript = `
  process.on("SIGTERM", () => { console.log("bye"); process.exit(0); });
  setInterval(() => undefined, 1000);
  console.log("hello");
`;

/** Cannot be asked to end. */
export const stubbornScript = `
  process.on("SIGTERM", () => console.log("no"));
  setInterval(() => undefined, 1000);
  console.log("hello");
`;

/** A front-end that is ready. */
export const readyScript = (port: number): string => `
  const server = Bun.serve({ port: ${port}, hostname: "127.0.0.1", fetch: () => new Response("ready") });
  process.on("SIGTERM", () => { server.stop(true); process.exit(0); });
`;

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
  return !isZombie(pid);
}

/** Ended, but its parent has not asked how; in a container without an init that may stay so. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // Gone meanwhile, or a system without /proc: kill's answer stands.
    return false;
  }
}

/** Resolves when no such process is left; the test's own time limit bounds it. */
export async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await Bun.sleep(5);
}

/** Holds a free port until it is closed. */
export async function takePort(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) };
}
