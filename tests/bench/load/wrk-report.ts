import type { LoadReport } from "./load.ts";

/** wrk calls this at its end; times are microseconds. One line, made to be parsed. */
export const reportLua = `
done = function(summary, latency, requests)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("report %d %d %d %d %d\\n", summary.requests, summary.duration, failures,
    latency:percentile(50), latency:percentile(99)))
end
`;

/** Throws when wrk did not come to its end. */
export function parseWrkReport(output: string): Omit<LoadReport, "generatorCores"> {
  const line = /^report (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(output);
  if (line === null) throw new Error(`wrk gave no report:\n${output}`);
  const [requests = 0, durationUs = 0, failures = 0, p50Us = 0, p99Us = 0] = line.slice(1).map(Number);
  return { requests, seconds: durationUs / 1e6, failures, p50Us, p99Us };
}
