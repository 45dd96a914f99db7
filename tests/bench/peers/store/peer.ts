import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
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
      processes: running.processes.map(({ name, pid }) =>
        name === running.catalog.name ? { name, pid, batches: () => batchesTo(running.catalogFile) } : { name, pid },
      ),
      [Symbol.asyncDispose]: () => running.stopAll(),
    };
  },
};

/**
 * The catalog's log has a line for each message of the leader that tells what was
 * sold, and few others, such as one for a checkpoint, each second. Its number is first.
 */
function batchesTo(catalogFile: string): number {
  const folder = dirname(catalogFile);
  const segments = readdirSync(folder).filter((name) => name.startsWith(`${basename(catalogFile)}.wal-`));
  const lines = segments.flatMap((name) => readFileSync(join(folder, name), "utf8").trimEnd().split("\n").slice(-1));
  return Math.max(...lines.map((line) => Number.parseInt(line, 10) || 0));
}
