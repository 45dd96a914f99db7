import { createServer } from "node:net";
import { listenProblem, type PortUse } from "../lib/listen-problem.ts";

/** Why a port cannot be listened on, in one line; undefined if it can. */
export async function portProblem(use: PortUse, address: string): Promise<string | undefined> {
  const error = await tryToListen(use.port, address);
  return error === undefined ? undefined : listenProblem(error, use, address);
}

/** The system's error, or undefined if it went well. */
function tryToListen(port: number, address: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
