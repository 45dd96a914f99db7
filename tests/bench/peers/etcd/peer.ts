import { claimPorts } from "../../../harness/ports.ts";
import { startBunServer } from "../bun-server.ts";
import type { Peer, RunningPeer } from "../peer.ts";
import { Program } from "../program.ts";
import { Gateway } from "./gateway.ts";

const nodes = ["node1", "node2", "node3"] as const;
const electionMs = 10_000;

export const etcd: Peer = {
  name: "etcd",
  title: "etcd, 3 nodes",
  how: "Bun.serve before the leader of three nodes; one transaction an order, compared with the revisions that the one before it made; synced on a majority; reads are linearizable",
  sells: true,
  needs: [{ program: "etcd", debianPackage: "etcd-server" }],
  async start(folder: string): Promise<RunningPeer> {
    const ports = await claimPorts(1 + 2 * nodes.length);
    const members = nodes.map((name) => ({ name, clients: local(ports.take()), peers: local(ports.take()) }));
    const programs = members.map((member) => startNode(member, members, folder));
    const restPort = ports.take();
    const leader = await findLeader(members.map(({ clients }) => clients));
    const server = await startBunServer("server", "etcd/server.ts", { PORT: `${restPort}`, DATABASE_URL: leader });
    return {
      url: local(restPort),
      processes: [server, ...programs],
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
        await ports.release();
      },
    };
  },
};

interface Member {
  readonly name: string;
  /** Addresses that it serves its clients and the other members at. */
  readonly clients: string;
  readonly peers: string;
}

function startNode({ name, clients, peers }: Member, all: readonly Member[], folder: string): Program {
  const cluster = all.map((member) => `${member.name}=${member.peers}`).join(",");
  const options = {
    name,
    "data-dir": name,
    "listen-client-urls": clients,
    "advertise-client-urls": clients,
    "listen-peer-urls": peers,
    "initial-advertise-peer-urls": peers,
    "initial-cluster": cluster,
    "initial-cluster-state": "new",
    logger: "zap",
    "log-level": "warn",
  };
  const words = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  return new Program({ name, argv: ["etcd", ...words], cwd: folder });
}

/** A front-end that knows the leader saves the others a hop. */
async function findLeader(urls: readonly string[]): Promise<string> {
  for (const deadline = performance.now() + electionMs; performance.now() < deadline; await Bun.sleep(50)) {
    const states = await Promise.allSettled(urls.map((url) => new Gateway(url).leads()));
    const leader = urls.find((_, i) => states[i]?.status === "fulfilled" && states[i].value === true);
    if (leader !== undefined && states.every(({ status }) => status === "fulfilled")) return leader;
  }
  throw new Error(`no leader among ${urls.join(", ")} within ${electionMs} ms`);
}

function local(port: number): string {
  return `http://127.0.0.1:${port}`;
}
