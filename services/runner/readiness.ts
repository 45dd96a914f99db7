const readinessLimits = {
  pollMs: 100,
  /** One question may take this long. */
  answerMs: 2_000,
  /** After this long, and again and again, the operator is told what is missing. */
  noticeMs: 10_000,
};

export interface ReadinessOptions {
  readonly url: string;
  /** True: nobody waits any more. */
  readonly stopped: () => boolean;
  /** What /readyz says, or why it could not be asked. */
  readonly onStillWaiting: (reason: string) => void;
}

/** Asks /readyz until it says yes (true) or nobody waits any more (false). */
export async function waitUntilReady(options: ReadinessOptions): Promise<boolean> {
  let noticeAtMs = performance.now() + readinessLimits.noticeMs;
  while (!options.stopped()) {
    const reason = await reasonNotReady(options.url);
    if (reason === undefined) return !options.stopped();
    if (performance.now() >= noticeAtMs) {
      options.onStillWaiting(reason);
      noticeAtMs += readinessLimits.noticeMs;
    }
    await Bun.sleep(readinessLimits.pollMs);
  }
  return false;
}

async function reasonNotReady(url: string): Promise<string | undefined> {
  try {
    const reply = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(readinessLimits.answerMs) });
    const text = (await reply.text()).trim();
    return reply.status === 200 ? undefined : text || `HTTP ${reply.status}`;
  } catch (error) {
    // Nobody listens yet: the usual reason at a start.
    return (error as Error).message;
  }
}
