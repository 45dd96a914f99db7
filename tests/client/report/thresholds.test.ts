import { describe, expect, test } from "bun:test";
import { checkThreshold, parseThreshold } from "../../../services/client/report/thresholds.ts";
import { sampleReport } from "./sample.ts";

/** Against a hundred queries of 1 to 100 ms and two purchases of 8 ms in two seconds. */
function check(text: string) {
  const threshold = parseThreshold(text);
  if (threshold === undefined) throw new Error(`not a threshold: ${text}`);
  return checkThreshold(threshold, sampleReport());
}

describe("a threshold", () => {
  test.each([
    ["query.p99<100ms", true],
    ["query.p99<0.05s", false],
    ["query.p50<=50.1ms", true],
    ["buy.p50>=8000us", true],
    ["buy.mean < 8ms", false],
    ["errors<1", true],
    ["query.errors<=0%", true],
    ["rate>50/s", true],
    ["rate>52", false],
    ["query.rate>=50", true],
    ["dropped<1", true],
  ])("%p is kept: %p", (text, kept) => {
    expect(check(text)).toMatchObject({ text, kept });
  });

  test("tells what was measured", () => {
    expect(check("query.p99<1ms").measured).toMatch(/^99(\.\d+)? ms$/);
    expect(check("errors<0.1%").measured).toBe("0 %");
  });

  test("on the latency of requests that were never answered is missed", () => {
    const threshold = parseThreshold("check.p99<1s");
    const report = sampleReport();
    const none = { ...report.requests, check: { ...report.requests.check, answered: 0 } };
    if (threshold === undefined) throw new Error("not parsed");
    expect(checkThreshold(threshold, { ...report, requests: none })).toMatchObject({ kept: false });
  });

  test.each(["p99<1ms", "buy.p99<1", "buy.p99<1/s", "errors<1ms", "buy.dropped<1", "buy.p99=1ms", "steal.p99<1ms", ""])(
    "%p is none",
    (text) => {
      expect(parseThreshold(text)).toBeUndefined();
    },
  );
});
