import { join } from "node:path";
import type { LoadReport } from "../load/load.ts";
import { runWrk } from "../load/wrk.ts";
import { buy } from "../peers/check.ts";
import type { Work } from "../work.ts";
import type { Contestant } from "./contestants.ts";

export interface Turn {
  readonly connections: number;
  readonly seconds: number;
  /** Words before the generator's command: something that watches while it runs. */
  readonly prefix?: readonly string[];
}

export interface TurnReport {
  readonly load: LoadReport;
  /** Orders that were made. */
  readonly made: number;
}

/** What is sold in a turn is counted: an order that was not made must not look fast. */
export async function takeTurn(
  { peer, running }: Contestant,
  work: Work,
  turn: Turn,
  folder: string,
): Promise<TurnReport> {
  const { url } = running;
  const first = await buy(url, 1);
  const script = join(folder, `${work.name}.lua`);
  await Bun.write(script, work.script(first + 1));
  const load = await runWrk(script, { url, ...turn });
  const made = (await buy(url, 1)) - first - 1;
  const answered = load.requests - load.failures;
  if (work.buys && (made < answered || made > load.requests + turn.connections)) {
    throw new Error(`${peer.title}: ${made} orders for ${answered} purchases that were answered (${work.title})`);
  }
  return { load, made };
}
