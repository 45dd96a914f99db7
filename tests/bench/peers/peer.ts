import type { Needed } from "./needs.ts";

/** A process of a peer; what it forks is counted with it. */
export interface PeerProcess {
  readonly name: string;
  readonly pid: number;
  /** How many batches of purchases it was sent so far, if its files tell. */
  readonly batches?: () => number;
}

/** A peer that is up and answers. */
export interface RunningPeer extends AsyncDisposable {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  readonly processes: readonly PeerProcess[];
}

/** Something that sells toys over the same REST routes as the store. */
export interface Peer {
  readonly name: string;
  readonly title: string;
  /** How it is built and what it promises when it replies, for the report. */
  readonly how: string;
  /** Does it sell at all? The ceiling only replies. */
  readonly sells: boolean;
  /** The Debian packages of what it needs, each with a program by which it is known to be there. */
  readonly needs: readonly Needed[];
  /** Starts everything on free ports of loopback, with its files in `folder` (which exists and is empty). */
  start(folder: string): Promise<RunningPeer>;
}

/** So much of each toy that no run sells out. */
export const stockOfEach = 2_000_000_000;
