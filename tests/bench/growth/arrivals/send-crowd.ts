import { join } from "node:path";
import { followParentFile } from "../../../../services/runner/components.ts";
import { readLines } from "../../../../services/runner/lines.ts";
import type { CrowdPlan } from "./crowd.ts";
import type { Span } from "./span.ts";

export interface CrowdWatch {
  /** Every connection is open, the first request about to be sent. */
  readonly onOpen?: () => void;
  readonly onSpan?: (span: Span) => void;
}

/** Runs a crowd in a process of its own. Returns what it saw, span by span. */
export async function sendCrowd(plan: CrowdPlan, watch: CrowdWatch = {}): Promise<Span[]> {
  const file = join(import.meta.dir, "crowd-process.ts");
  const child = Bun.spawn([process.execPath, "--preload", followParentFile, file, JSON.stringify(plan)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const spans: Span[] = [];
  const lines = readLines(child.stdout, (line) => {
    const said = JSON.parse(line) as Span | { readonly open: number };
    if ("open" in said) watch.onOpen?.();
    else {
      // JSON has no NaN.
      const span = { ...said, p50: said.p50 ?? Number.NaN, p99: said.p99 ?? Number.NaN };
      spans.push(span);
      watch.onSpan?.(span);
    }
  });
  const [complaints, status] = await Promise.all([child.stderr.text(), child.exited, lines]);
  if (status !== 0) throw new Error(`the crowd ended with status ${status}:\n${complaints}`);
  return spans;
}

/** A purchase of one piece, as bytes. */
export function purchaseOf(product: string): string {
  const body = JSON.stringify({ name: product, quantity: 1 });
  const head = ["POST /orders HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"];
  return [...head, `Content-Length: ${Buffer.byteLength(body)}`, "", body].join("\r\n");
}

/** A product's read, as bytes. */
export function readOf(product: string): string {
  return [`GET /products/${encodeURIComponent(product)} HTTP/1.1`, "Host: 127.0.0.1", "", ""].join("\r\n");
}
