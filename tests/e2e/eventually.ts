const waitMs = 30_000;
const pollMs = 25;

/**
 * Looks again and again until `problem` has none to tell. Rejects with the last
 * one after 30 s; what it throws counts as a problem too.
 */
export async function eventually(what: string, problem: () => Promise<string | undefined> | string | undefined) {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const last = await tell(problem);
    if (last === undefined) return;
    if (performance.now() > deadline) throw new Error(`not within ${waitMs} ms: ${what}\n${last}`);
    await Bun.sleep(pollMs);
  }
}

async function tell(problem: () => Promise<string | undefined> | string | undefined): Promise<string | undefined> {
  try {
    return await problem();
  } catch (error) {
    return String(error);
  }
}
