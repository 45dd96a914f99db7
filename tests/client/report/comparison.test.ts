import { describe, expect, test } from "bun:test";
import { formatComparison } from "../../../services/client/report/comparison.ts";
import { sampleReport, worker } from "./sample.ts";

describe("two runs side by side", () => {
  test("show what changed, by how much", () => {
    const slower = sampleReport({ perSecond: 102, record: (recorder) => recorder.answer("query", 0, 900) }, "--p", "1");
    const text = formatComparison({ name: "a.json", report: sampleReport() }, { name: "b.json", report: slower });
    expect(text).toMatch(/^A {2}a\.json: session_check at 127\.0\.0\.1:1110/);
    expect(text).toMatch(/^requests\/s +51 +102 +\+100 %$/m);
    expect(text).toMatch(/^query max +100 ms +900 ms +\+800 %$/m);
    expect(text).toMatch(/^buy p50 +8\.00 ms +8\.00 ms +=$/m);
    expect(text).toContain('different loads: A "", B "--p 1"');
  });

  test("say which of them met the generator's limits", () => {
    const limited = sampleReport({ workers: [{ ...worker, cpu: 0.99 }] });
    const text = formatComparison({ name: "a", report: sampleReport() }, { name: "b", report: limited });
    expect(text).toContain("the load generator was a limit in B");
  });
});
