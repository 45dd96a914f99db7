import type { ReplicaStatus } from "../core/types.ts";
import type { Orders, Products } from "./backends.ts";
import { type Reply, textReply } from "./replies.ts";

/** GET /healthz: the process is alive, whatever it can reach. */
export function showAlive(): Reply {
  return textReply(200, ["alive"]);
}

/** GET /readyz: 200 if purchases and reads can be served; each dependency on a line. */
export function showReady(orders: Orders, products: Products<unknown>): Reply {
  const { route, serving, replicas } = orders.status();
  const { catalogUp, leased } = products.status();
  const isReady = catalogUp && serving;
  return textReply(isReady ? 200 : 503, [
    isReady ? "ready" : "not ready",
    `catalog: ${catalogUp ? "reachable" : "not reachable"}`,
    `cache: ${leased ? "leased" : "no lease, each read asks the catalog"}`,
    `leader: ${route === undefined ? "none" : describeLeader(route, serving)}`,
    ...replicas.map(({ id, status }) => `order replica ${id}: ${describeReplica(status, orders.storeId)}`),
  ]);
}

/** Whether it is there, and whether the store would miss it. */
function describeReplica(status: ReplicaStatus | undefined, storeId: string | undefined): string {
  if (status === undefined) return "not reachable";
  if (status.storeId !== undefined && storeId !== undefined && status.storeId !== storeId) {
    return "reachable, but of another store";
  }
  return status.eligible ? "reachable" : "reachable, but joins or leaves: no vote";
}

function describeLeader(route: { leader: number; term: number; via: number }, serving: boolean): string {
  const way = route.via === route.leader ? "" : `, reached through replica ${route.via}`;
  return `replica ${route.leader} in term ${route.term}${way}${serving ? "" : ", not serving yet"}`;
}
