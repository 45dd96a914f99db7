import { createClient } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { OrderService, type PingResponse } from "../../gen/toystore/order/v1/order_pb.ts";
import type { TestStore } from "./store.ts";

const waitMs = 15_000;
const pollMs = 20;

/** What one replica says of itself; undefined if it does not answer within 400 ms. */
export async function pingReplica(port: number): Promise<PingResponse | undefined> {
  const baseUrl = `http://127.0.0.1:${port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const transport = createConnectTransport({ baseUrl, httpVersion: "2", sessionManager });
  try {
    return await createClient(OrderService, transport).ping({ pingNumber: 0 }, { timeoutMs: 400 });
  } catch {
    // Dead, paused or starting: for the caller all the same.
    return undefined;
  } finally {
    sessionManager.abort();
  }
}

/** The id, 1 to 3, of the replica that leads and serves; of several (one may be deposed) the newest term. */
export async function findLeader(store: TestStore): Promise<number | undefined> {
  const replies = await Promise.all(store.orderPorts.map(pingReplica));
  const serving = replies.flatMap((reply) => (reply?.serving === true ? [reply] : []));
  return serving.sort((a, b) => Number(b.term - a.term))[0]?.componentId;
}

/** Resolves with the leader's id as soon as there is one, other than `except`; rejects after 15 s. */
export async function waitForLeader(store: TestStore, except?: number): Promise<number> {
  const deadline = performance.now() + waitMs;
  while (performance.now() < deadline) {
    const leader = await findLeader(store);
    if (leader !== undefined && leader !== except) return leader;
    await Bun.sleep(pollMs);
  }
  throw new Error(`no leader within ${waitMs} ms\n${store.describe()}`);
}
