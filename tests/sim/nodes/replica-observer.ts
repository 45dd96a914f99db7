import type { Pledge } from "../checks/promises.ts";
import type { ReplicaNode } from "./replica-node.ts";

/** What the checks see of a replica after each of its turns. */
export interface ReplicaObserver {
  /** It has opened its disk. */
  onStarted(replica: ReplicaNode): void;
  /** Lines from index `first` to `last` are on the platter. */
  onSynced(replica: ReplicaNode, first: number, last: number): void;
  /** It says something that others build upon. */
  onPledge(replica: ReplicaNode, pledge: Pledge): void;
  /** It counts in majorities from now on. */
  onVoter(replica: ReplicaNode): void;
  onTurn(replica: ReplicaNode): void;
}
