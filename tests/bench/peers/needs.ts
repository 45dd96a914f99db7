import type { Needed } from "./peer.ts";

/** Why these cannot be had on this machine; undefined: all are there. */
export async function missingOf(needs: readonly Needed[]): Promise<string | undefined> {
  const missing = needs.filter(({ program }) => Bun.which(program) === null);
  return missing.length === 0 ? undefined : `${missing.map(({ program }) => program).join(", ")} is missing`;
}
