import { startStore } from "../../../harness/store.ts";
import { type Peer, type RunningPeer, stockOfEach } from "../peer.ts";

export const store: Peer = {
  name: "store",
  title: "this store",
  how: "five processes as shipped: front-end, catalog, three order replicas; an order is synced on a majority before the reply; no read is stale",
  sells: true,
  needs: [],
  async start(): Promise<RunningPeer> {
    const running = await startStore({ quantity: stockOfEach });
    return {
      url: running.url,
      processes: running.processes,
      [Symbol.asyncDispose]: () => running.stopAll(),
    };
  },
};
