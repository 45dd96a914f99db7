import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkPeer } from "../peers/check.ts";
import { provide } from "../peers/needs.ts";
import type { Peer, RunningPeer } from "../peers/peer.ts";

/** A peer that runs, and was seen to do what it should. */
export interface Contestant {
  readonly peer: Peer;
  readonly running: RunningPeer;
}

/** All peers that this machine can have, started one after the other; ended together. */
export class Contestants implements AsyncDisposable {
  readonly all: Contestant[] = [];
  /** A line for each peer that is not there, with the reason. */
  readonly skipped: string[] = [];

  /** Throws if a peer that could be started does not do what it should. */
  static async start(peers: readonly Peer[], folder: string, say: (line: string) => void): Promise<Contestants> {
    const contestants = new Contestants();
    try {
      for (const peer of peers) await contestants.add(peer, join(folder, peer.name), say);
      return contestants;
    } catch (error) {
      await contestants[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map(({ running }) => running[Symbol.asyncDispose]()));
  }

  private async add(peer: Peer, folder: string, say: (line: string) => void): Promise<void> {
    mkdirSync(folder);
    const missing = await provide(peer.needs, folder);
    if (missing !== undefined) {
      this.skipped.push(`${peer.title}: ${missing}`);
      say(`SKIPPED: ${peer.title}: ${missing}`);
      return;
    }
    const running = await peer.start(folder);
    this.all.push({ peer, running });
    await checkPeer(peer, running.url);
    say(`${peer.title}: up, checked`);
  }
}
