import { claimPorts } from "../../../harness/ports.ts";
import { startBunServer } from "../bun-server.ts";
import type { Peer, RunningPeer } from "../peer.ts";
import { Program } from "../program.ts";

export const redis: Peer = {
  name: "redis",
  title: "Redis",
  how: "Bun.serve and Bun's RedisClient, which sends in batches; a Lua script an order; appendonly yes, appendfsync always; one server, so one disk",
  sells: true,
  needs: [{ program: "redis-server", debianPackage: "redis-server" }],
  async start(folder: string): Promise<RunningPeer> {
    const ports = await claimPorts(2);
    const [restPort, port] = [ports.take(), ports.take()];
    const settings = ["--bind", "127.0.0.1", "--port", `${port}`, "--dir", folder, "--save", ""];
    const safety = ["--appendonly", "yes", "--appendfsync", "always"];
    const database = new Program({ name: "redis", argv: ["redis-server", ...settings, ...safety], cwd: folder });
    await database.said(/Ready to accept connections/);
    const env = { PORT: `${restPort}`, DATABASE_PORT: `${port}` };
    const server = await startBunServer("server", "redis/server.ts", env);
    return {
      url: `http://127.0.0.1:${restPort}`,
      processes: [server, database],
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await database[Symbol.asyncDispose]();
        await ports.release();
      },
    };
  },
};
