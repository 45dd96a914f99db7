/** Signals that come closer together than this are one wish of the user. */
const oneWishMs = 300;

/**
 * Calls `onWish` with 1 for the first wish to end, 2 for the second, and so on.
 * One Ctrl-C may arrive twice: from the terminal, which signals the whole
 * process group, and from a launcher such as `bun run`, which passes it on.
 */
export function listenForInterrupts(
  onWish: (count: number) => void,
  signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"],
): void {
  let count = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  const take = (): void => {
    const nowMs = performance.now();
    if (nowMs - lastMs < oneWishMs) return;
    lastMs = nowMs;
    onWish(++count);
  };
  for (const signal of signals) process.on(signal, take);
}
