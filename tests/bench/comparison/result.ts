import type { Machine } from "../machine.ts";
import type { Figure } from "../scenario.ts";
import type { Cell } from "./cells.ts";
import type { Cost } from "./cost.ts";

/** A comparison as it is kept: everything that the tables and the chart are made of. */
export interface ComparisonResult {
  readonly date: string;
  readonly commit: string;
  readonly machine: Machine;
  /** What made the load, with its version. */
  readonly load: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly works: readonly { readonly name: string; readonly title: string }[];
  readonly connections: readonly number[];
  readonly peers: readonly PeerFacts[];
  readonly skipped: readonly string[];
  readonly twoSyncsUs: number;
  readonly targets: readonly Figure[];
  readonly cells: readonly Cell[];
  readonly costs: readonly Cost[];
}

interface PeerFacts {
  readonly name: string;
  readonly title: string;
  readonly how: string;
  /** The share of a core that it takes from the others while it waits for its turn. */
  readonly idleCores: number;
  /** Of what it is made of, beside Bun: "redis-server 7.0.15". */
  readonly versions: readonly string[];
}
