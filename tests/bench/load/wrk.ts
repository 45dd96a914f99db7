import { join } from "node:path";
import type { Work } from "../work.ts";
import type { Generator, LoadOptions, LoadReport } from "./load.ts";
import { parseWrkReport } from "./wrk-report.ts";

/** Longer than any reply may take: the store says 500 after 3 s. */
const replyTimeout = "10s";

/** wrk, with its scripts in `folder`. */
export function wrkGenerator(folder: string): Generator {
  const [, version = "of unknown version"] =
    /^wrk (\S+)/.exec(Bun.spawnSync(["wrk", "--version"]).stdout.toString()) ?? [];
  return {
    title: `wrk ${version}`,
    async run(work: Work, orders: number, options: LoadOptions): Promise<LoadReport> {
      const script = join(folder, `${work.name}.lua`);
      await Bun.write(script, work.script(orders));
      return await runWrk(script, options);
    },
  };
}

/**
 * One thread: it outruns any of the servers, and two would take the second core
 * from the processes behind them.
 */
async function runWrk(script: string, { url, connections, seconds, prefix = [] }: LoadOptions): Promise<LoadReport> {
  const amount = ["--threads", "1", "--connections", `${connections}`, "--duration", `${seconds}s`];
  const child = Bun.spawn([...prefix, "wrk", ...amount, "--timeout", replyTimeout, "--script", script, url], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, complaints, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (status !== 0) throw new Error(`wrk ended with status ${status}:\n${output}${complaints}`);
  const report = parseWrkReport(output);
  const cpuUs = Number(child.resourceUsage()?.cpuTime.total ?? 0);
  return { ...report, generatorCores: cpuUs / 1e6 / report.seconds };
}
