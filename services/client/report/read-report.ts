import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Report, reportVersion } from "./report.ts";

/** What tells a report from any other file; its version vouches for the rest. */
const mark = z.looseObject({ toystoreReport: z.literal(reportVersion), requests: z.looseObject({}) });

/** A report that --json wrote, or why it cannot be used. */
export function readReport(path: string): Report | { readonly problem: string } {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return { problem: `${path} cannot be read: ${(error as Error).message}` };
  }
  if (!mark.safeParse(content).success) {
    return { problem: `${path} is not a report of version ${reportVersion}, as bin/client --json writes it` };
  }
  return content as Report;
}
