import { ceiling } from "./ceiling/peer.ts";
import { etcd } from "./etcd/peer.ts";
import type { Peer } from "./peer.ts";
import { postgres, postgresWithStandbys } from "./postgres/peer.ts";
import { redis } from "./redis/peer.ts";
import { store } from "./store/peer.ts";

/** Everybody who is compared, in the order of their turns. */
export const peers: readonly Peer[] = [ceiling, store, postgres, postgresWithStandbys, redis, etcd];
