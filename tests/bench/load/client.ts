import { join } from "node:path";
import { z } from "zod";
import { initialCatalog } from "../../../services/catalog/initial.ts";
import { formatCatalog } from "../../../services/catalog/storage/csv.ts";
import type { Work } from "../work.ts";
import type { Generator, LoadOptions, LoadReport } from "./load.ts";

const root = join(import.meta.dir, "../../..");

/** 2: some requests failed, which the report says too. 3: wrong replies, as the ceiling's are, who knows one toy. */
const measured: ReadonlySet<number> = new Set([0, 2, 3]);

const requests = z.object({
  answered: z.number(),
  errors: z.number(),
  latency: z.object({ p50: z.number(), p99: z.number() }).partial(),
});
const clientReport = z.object({
  seconds: z.number(),
  requests: z.object({ query: requests, buy: requests, check: requests }),
  generator: z.object({ cpu: z.number() }),
});

/** Where wrk cannot be had: our own client, which costs several times as much a request. */
export function clientGenerator(folder: string): Generator {
  return {
    title: "bin/client (not wrk: it costs several times as much a request, and is the limit at the ceiling)",
    async run(work: Work, _orders: number, options: LoadOptions): Promise<LoadReport> {
      const [catalog, report] = [join(folder, "names.csv"), join(folder, "client.json")];
      await Bun.write(catalog, formatCatalog(initialCatalog()));
      const amount = ["--connections", `${options.connections}`, "--duration", `${options.seconds}s`];
      const rest = ["--no-verify", "--retry", "0", "--catalog", catalog, "--json", report];
      const words = [...work.client.words, ...amount, ...rest, "--target", new URL(options.url).host];
      const child = Bun.spawn([...(options.prefix ?? []), process.execPath, "services/client/main.ts", ...words], {
        cwd: root,
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const [output, complaints, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
      if (!measured.has(status)) throw new Error(`the client ended with ${status}:\n${output}${complaints}`);
      return readClientReport(await Bun.file(report).json(), work);
    },
  };
}

/** Its report, in our terms; the latency is that of the request that the work is about. */
export function readClientReport(json: unknown, work: Work): LoadReport {
  const report = clientReport.parse(json);
  const all = Object.values(report.requests);
  const { p50 = 0, p99 = 0 } = report.requests[work.client.about].latency;
  const failures = all.reduce((sum, { errors }) => sum + errors, 0);
  return {
    requests: all.reduce((sum, { answered }) => sum + answered, failures),
    seconds: report.seconds,
    failures,
    p50Us: p50 * 1000,
    p99Us: p99 * 1000,
    generatorCores: report.generator.cpu,
  };
}
