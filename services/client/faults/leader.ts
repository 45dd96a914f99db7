import type { Address } from "../load/plan.ts";
import { formatAddress } from "../proof/asking.ts";

const leaderLimits = { answerMs: 1_000 };

/** The replica that leads, as /readyz says; undefined: nobody does, or nobody answers. */
export async function findLeader(target: Address): Promise<{ id: number; term: number } | undefined> {
  try {
    const signal = AbortSignal.timeout(leaderLimits.answerMs);
    const reply = await fetch(`http://${formatAddress(target)}/readyz`, { signal });
    const match = /^leader: replica (\d+) in term (\d+)/m.exec(await reply.text());
    return match === null ? undefined : { id: Number(match[1]), term: Number(match[2]) };
  } catch {
    // A store that does not answer names no leader; the requests of the load report it.
    return undefined;
  }
}
