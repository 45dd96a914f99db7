import { createServer, type Server } from "node:net";

/**
 * Ports below the range that systems take outgoing connections' ports from: a
 * service that is restarted on its port must not find it taken by a client.
 */
const lowest = 10_240;
const highest = 32_000;
const blockPorts = 32;
const attemptsMax = 200;

/**
 * Ports of 127.0.0.1 that no other test takes, in this process or another.
 *
 * A block of ports belongs to whoever listens on its first port. The kernel
 * gives that to one process only and takes it back however the process ends, so
 * there is nothing to clean up. Programs that do not know this rule are noticed
 * by trying every port before it is handed out.
 */
export class ClaimedPorts implements AsyncDisposable {
  constructor(
    private readonly claim: Server,
    private readonly free: number[],
  ) {}

  /** A port of the block that was not taken yet. Throws when all are. */
  take(): number {
    const port = this.free.shift();
    if (port === undefined) throw new Error("every claimed port has been taken: claim more");
    return port;
  }

  async release(): Promise<void> {
    await close(this.claim);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** Claims `count` (1 to 31) ports that are free now and kept from other tests until released. */
export async function claimPorts(count: number): Promise<ClaimedPorts> {
  if (count < 1 || count >= blockPorts) throw new Error(`a claim has 1 to ${blockPorts - 1} ports, not ${count}`);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const block = Math.floor((Math.random() * (highest - lowest)) / blockPorts);
    const first = lowest + block * blockPorts;
    const claim = await listen(first);
    if (claim === undefined) continue;
    const ports = Array.from({ length: count }, (_, i) => first + 1 + i);
    if (await areFree(ports)) return new ClaimedPorts(claim, ports);
    await close(claim);
  }
  throw new Error(`no free block of ports between ${lowest} and ${highest}`);
}

async function areFree(ports: readonly number[]): Promise<boolean> {
  const servers = await Promise.all(ports.map(listen));
  await Promise.all(servers.flatMap((server) => (server === undefined ? [] : [close(server)])));
  return servers.every((server) => server !== undefined);
}

/** Undefined: somebody else listens there. */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}
