import { join } from "node:path";
import { claimPorts } from "../../../harness/ports.ts";
import { startBunServer } from "../bun-server.ts";
import type { Peer, RunningPeer } from "../peer.ts";
import { binaries, startCluster } from "./cluster.ts";

const needs = [{ program: join(binaries, "postgres"), debianPackage: "postgresql" }];

export const postgres: Peer = {
  name: "postgres",
  title: "PostgreSQL",
  how: "Bun.serve and Bun.SQL; one prepared call of a function, so one transaction, an order; synchronous_commit on, one server",
  sells: true,
  needs,
  start: (folder) => start(folder, 0),
};

export const postgresWithStandbys: Peer = {
  name: "postgres-standbys",
  title: "PostgreSQL, two standbys",
  how: "the same with streaming replication: a commit waits until it is synced here and on ANY 1 of two standbys",
  sells: true,
  needs,
  start: (folder) => start(folder, 2),
};

async function start(folder: string, standbys: number): Promise<RunningPeer> {
  const ports = await claimPorts(2 + standbys);
  const [restPort, port] = [ports.take(), ports.take()];
  const standbyPorts = Array.from({ length: standbys }, () => ports.take());
  const cluster = await startCluster({ folder, port, standbyPorts });
  const env = { PORT: `${restPort}`, DATABASE_PORT: `${port}` };
  const server = await startBunServer("server", "postgres/server.ts", env);
  return {
    url: `http://127.0.0.1:${restPort}`,
    processes: [server, ...cluster],
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Promise.all(cluster.map((program) => program[Symbol.asyncDispose]()));
      await ports.release();
    },
  };
}
