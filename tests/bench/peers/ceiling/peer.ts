import { claimPorts } from "../../../harness/ports.ts";
import { startBunServer } from "../bun-server.ts";
import type { Peer, RunningPeer } from "../peer.ts";

export const ceiling: Peer = {
  name: "ceiling",
  title: "ceiling",
  how: "a bare Bun.serve with the same routes and the same JSON: constant replies, a purchase's body is parsed and numbered; keeps nothing",
  sells: false,
  needs: [],
  async start(): Promise<RunningPeer> {
    const ports = await claimPorts(1);
    const port = ports.take();
    const server = await startBunServer("server", "ceiling/server.ts", { PORT: `${port}` });
    return {
      url: `http://127.0.0.1:${port}`,
      processes: [server],
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await ports.release();
      },
    };
  },
};
