import { createClient } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { OrderService, type PingResponse } from "../../../gen/toystore/order/v1/order_pb.ts";
import { eventually } from "../../e2e/eventually.ts";
import type { FaultStore } from "./fault-store.ts";

const ids = [1, 2, 3];

/** Who leads and serves, of several (one may be deposed) the one of the newest term; rejects when nobody does for 30 s. */
export async function awaitLeader(store: FaultStore, except?: number): Promise<number> {
  let leader: number | undefined;
  await eventually(`a leader${except === undefined ? "" : ` other than ${except}`}`, async () => {
    const serving = (await pingAll(store)).filter((reply) => reply?.serving === true);
    serving.sort((a, b) => Number((b?.term ?? 0n) - (a?.term ?? 0n)));
    leader = serving[0]?.componentId;
    return leader === undefined || leader === except ? `${leader} leads\n${store.describe()}` : undefined;
  });
  return leader ?? 0;
}

/** A replica other than the leader. */
export async function awaitFollower(store: FaultStore): Promise<number> {
  const leader = await awaitLeader(store);
  return (leader % ids.length) + 1;
}

/** Resolves when a leader serves, every replica may vote, and none lacks what is committed. */
export async function awaitUnity(store: FaultStore): Promise<void> {
  await eventually("every replica is a voter and up to date", async () => {
    const replies = await pingAll(store);
    const committed = Math.max(...replies.map((reply) => Number(reply?.commitIndex ?? 0n)));
    const lagging = replies.filter(
      (reply) => reply?.eligible !== true || committed - Number(reply.commitIndex) > lagMax,
    );
    if (lagging.length === 0 && replies.some((reply) => reply?.serving === true)) return undefined;
    const said = replies.map((reply) => reply && { ...reply, $typeName: undefined });
    return `${Bun.inspect(said)}\n${store.describe()}`;
  });
  await eventually("every front-end is ready", async () => {
    for (const { url, process } of store.frontEnds) {
      const reply = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
      const text = await reply.text();
      if (reply.status !== 200) return `${process.name}: ${text}\n${store.describe()}`;
    }
    return undefined;
  });
}

/** What a follower may be behind while orders are made. */
const lagMax = 500;

async function pingAll(store: FaultStore): Promise<(PingResponse | undefined)[]> {
  return await Promise.all(
    store.orders.map((order, at) => pingReplica(store.hostOf(order.name), store.orderPorts[at])),
  );
}

/** Undefined: it does not answer within 400 ms. */
async function pingReplica(host: string, port = 0): Promise<PingResponse | undefined> {
  const baseUrl = `http://${host}:${port}`;
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
