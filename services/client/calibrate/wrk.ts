/** What wrk (Will Glozer) measured; latencies in milliseconds. */
export interface WrkResult {
  readonly perSecond: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export function findWrk(): string | undefined {
  return Bun.which("wrk") ?? undefined;
}

/** Runs wrk in one thread with kept connections. Throws if it fails. */
export async function runWrk(
  wrk: string,
  options: { readonly url: string; readonly connections: number; readonly seconds: number; readonly threads: number },
): Promise<WrkResult> {
  const { url, connections, seconds, threads } = options;
  const words = ["-t", `${threads}`, "-c", `${connections}`, "-d", `${seconds}s`, "--latency", url];
  const child = Bun.spawn([wrk, ...words], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [output, problem, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (status !== 0) throw new Error(`wrk ended with ${status}: ${problem}`);
  return parseWrk(output);
}

/** Reads what wrk prints. Throws if that is not its report. */
export function parseWrk(output: string): WrkResult {
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(output)?.[1];
  const max = /^\s+Latency\s+\S+\s+\S+\s+(\S+)/m.exec(output)?.[1];
  const at = (percent: number): number => milliseconds(new RegExp(`^\\s+${percent}%\\s+(\\S+)`, "m").exec(output)?.[1]);
  if (rate === undefined) throw new Error(`not a report of wrk:\n${output}`);
  return { perSecond: Number(rate), p50: at(50), p90: at(90), p99: at(99), max: milliseconds(max) };
}

const factors: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

function milliseconds(text: string | undefined): number {
  const match = /^([\d.]+)(us|ms|s|m)$/.exec(text ?? "");
  return Number(match?.[1]) * (factors[match?.[2] ?? ""] ?? Number.NaN);
}
