import type { Generator, LoadReport } from "../load/load.ts";
import { buyAlone } from "../peers/check.ts";
import type { Work } from "../work.ts";
import type { Contestant } from "./contestants.ts";

export interface Turn {
  readonly connections: number;
  readonly seconds: number;
  /** Words before the generator's command: something that watches while it runs. */
  readonly prefix?: readonly string[];
}

/** What is sold in a turn is counted: an order that was not made must not look fast. */
export async function takeTurn(
  { peer, running }: Contestant,
  work: Work,
  turn: Turn,
  generator: Generator,
): Promise<LoadReport> {
  const { url } = running;
  const before = await buyAlone(url);
  const load = await generator.run(work, before.number + 1, { url, ...turn });
  const after = await buyAlone(url);
  const made = after.number - before.number - after.made;
  const answered = load.requests - load.failures;
  if (work.buys && (made < answered || made > load.requests + turn.connections)) {
    throw new Error(`${peer.title}: ${made} orders for ${answered} purchases that were answered (${work.title})`);
  }
  return load;
}
