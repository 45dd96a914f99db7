import { createServer } from "node:net";
import type { PortUse } from "./config.ts";

/** Why a port cannot be listened on, in one line; undefined if it can. */
export async function portProblem(use: PortUse, address: string): Promise<string | undefined> {
  const code = await tryToListen(use.port, address);
  if (code === undefined) return undefined;
  const advice = `set ${use.variable} to another one`;
  if (code === "EADDRINUSE") return `port ${use.port} is taken: end what listens there, or ${advice}`;
  if (code === "EACCES") return `port ${use.port} may not be used by this user: ${advice}`;
  if (code === "EADDRNOTAVAIL") return `${address} is not an address of this machine: change BIND_ADDRESS`;
  return `port ${use.port} cannot be listened on (${code}): ${advice}`;
}

/** The system's error code, or undefined if it went well. */
function tryToListen(port: number, address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
