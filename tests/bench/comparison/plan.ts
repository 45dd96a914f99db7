import type { Peer } from "../peers/peer.ts";
import type { Work } from "../work.ts";

/** What a comparison does. */
export interface Plan {
  readonly peers: readonly Peer[];
  readonly works: readonly Work[];
  readonly connections: readonly number[];
  readonly rounds: number;
  /** How long each peer has each turn. */
  readonly seconds: number;
  /** Before the first round, for each kind of work: so that every peer's code is compiled. 0: none. */
  readonly warmUpSeconds: number;
}

/** What is measured of one peer at one kind of work with so many connections. */
export interface CellKey {
  readonly work: string;
  readonly connections: number;
  readonly peer: string;
}

export function cellName({ work, connections, peer }: CellKey): string {
  return `${work}/${connections}/${peer}`;
}
