import { describe, expect, test } from "bun:test";
import { Cells } from "./comparison/cells.ts";
import { parseCpuUs, treeOf } from "./comparison/processes.ts";
import { parseCounts } from "./comparison/sync-counter.ts";
import { judgeTargets } from "./comparison/targets.ts";
import { runScenarios } from "./growth/run.ts";
import { readClientReport } from "./load/client.ts";
import type { LoadReport } from "./load/load.ts";
import { parseWrkReport } from "./load/wrk-report.ts";
import { median, spreadOf } from "./samples.ts";
import type { Scenario } from "./scenario.ts";
import { works } from "./work.ts";

const load = (rate: number, p50Us = 100, p99Us = 200): LoadReport => ({
  requests: rate * 2,
  seconds: 2,
  failures: 0,
  p50Us,
  p99Us,
  generatorCores: 0.5,
});

function work(name: string): (typeof works)[number] {
  const found = works.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no work ${name}`);
  return found;
}

describe("samples", () => {
  test("an odd and an even number of them have a median", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  test("the spread goes from the lowest to the highest", () => {
    expect(spreadOf([5, 3, 10])).toEqual({ median: 5, low: 3, high: 10 });
  });

  test("nothing has no median", () => {
    expect(() => median([])).toThrow("no sample");
  });
});

describe("what wrk says", () => {
  test("is read from its last line", () => {
    const output = "Running 2s test @ http://127.0.0.1:1\n  1 threads\nreport 70201 2001234 3 870 2310\n";
    expect(parseWrkReport(output)).toEqual({
      requests: 70201,
      seconds: 2.001234,
      failures: 3,
      p50Us: 870,
      p99Us: 2310,
    });
  });

  test("without a report is an error that shows it", () => {
    expect(() => parseWrkReport("unable to connect to 127.0.0.1:1")).toThrow("unable to connect");
  });
});

test("our own client's report counts every request, and the latency of the one that the work is about", () => {
  const none = { answered: 0, errors: 0, latency: {} };
  const report = {
    seconds: 2,
    requests: {
      query: none,
      buy: { answered: 10, errors: 1, latency: { p50: 9, p99: 10 } },
      check: { answered: 90, errors: 0, latency: { p50: 0.5, p99: 2 } },
    },
    generator: { cpu: 0.7 },
  };
  const expected = { requests: 101, seconds: 2, failures: 1, p50Us: 500, p99Us: 2000, generatorCores: 0.7 };
  expect(readClientReport(report, work("lookup"))).toEqual(expected);
});

describe("a ratio", () => {
  const ours = { work: "hot", connections: 64, peer: "store" };
  const theirs = { ...ours, peer: "ceiling" };

  test("is the median of the rounds' ratios, not the ratio of medians", () => {
    const cells = new Cells();
    // The machine was slow in the first round, for both.
    for (const [our, their] of [
      [100, 200],
      [900, 1000],
      [800, 1000],
    ] as const) {
      cells.add(ours, load(our));
      cells.add(theirs, load(their));
    }
    expect(cells.ratio(ours, theirs)).toEqual({ median: 0.8, low: 0.5, high: 0.9 });
  });

  test("with something that was not measured is none", () => {
    const cells = new Cells();
    cells.add(ours, load(100));
    expect(cells.ratio(ours, theirs)).toBeUndefined();
  });
});

describe("targets", () => {
  function judge(ourRate: number, p99Us = 200): Map<string, boolean | undefined> {
    const cells = new Cells();
    cells.add({ work: "hot", connections: 64, peer: "store" }, load(ourRate, 100, p99Us));
    cells.add({ work: "hot", connections: 64, peer: "ceiling" }, load(1000));
    cells.add({ work: "hot", connections: 1, peer: "store" }, load(10, 1000));
    return new Map(judgeTargets(cells, 250).map(({ what, met }) => [what, met]));
  }

  test("are met from their limit on", () => {
    const what = "purchase of one hot product / the ceiling's POST, 64 connections";
    expect(judge(250).get(what)).toBe(true);
    expect(judge(249).get(what)).toBe(false);
    expect(judge(250, 500).get("purchase, p99 / p50, 64 connections")).toBe(true);
    expect(judge(250, 501).get("purchase, p99 / p50, 64 connections")).toBe(false);
    expect(judge(250).get("purchase at 1 connection, p50 / two sequential fdatasyncs")).toBe(true);
  });

  test("are neither met nor missed when nothing was measured", () => {
    const verdicts = judgeTargets(new Cells(), 250);
    expect(verdicts.length).toBe(9);
    for (const verdict of verdicts) {
      expect(verdict).toMatchObject({ value: "not measured" });
      expect(verdict.met).toBeUndefined();
    }
  });
});

describe("what the kernel says", () => {
  test("about a process is its time in user and system mode, whatever its name", () => {
    const stat = "71 (a) b) c) S 1 71 71 0 -1 4194560 500 0 0 0 123 45 0 0 20 0 5 0 100 1000 50";
    expect(parseCpuUs(stat)).toBe(1_680_000);
  });

  test("about a process's children is its tree", async () => {
    const child = Bun.spawn(["sh", "-c", "sleep 60 & echo up; wait"], { stdout: "pipe" });
    try {
      const reader = child.stdout.getReader();
      await reader.read();
      expect(treeOf(child.pid)).toHaveLength(2);
      expect(treeOf(process.pid)).toContain(child.pid);
    } finally {
      for (const pid of treeOf(child.pid)) process.kill(pid, "SIGKILL");
      await child.exited;
    }
  });

  test("about syncs is counted by thread, both kinds together", () => {
    const text = [
      "# started on Sat Nov 28",
      "",
      "Bun Pool-1-4711;17;;syscalls:sys_enter_fdatasync;1000;100.00;;",
      "Bun Pool-1-4711;3;;syscalls:sys_enter_fsync;1000;100.00;;",
      "etcd-99;<not counted>;;syscalls:sys_enter_fsync;0;0.00;;",
    ].join("\n");
    expect([...parseCounts(text)]).toEqual([[4711, 20]]);
  });
});

describe("scripts", () => {
  test.each(works.map(({ name }) => [name]))("of %s end with the report", (name) => {
    expect(work(name).script(10)).toContain("done = function(summary, latency, requests)");
  });

  test("look up orders that there are", () => {
    expect(work("lookup").script(10)).toContain("math.random(0, 9)");
  });

  test("buy every one of the 162 products", () => {
    expect(
      work("spread")
        .script(1)
        .match(/\\"name\\"/g),
    ).toHaveLength(162);
  });
});

test("a scenario that cannot measure is said, counted, and does not keep the next from it", async () => {
  const said: string[] = [];
  const kept: string[] = [];
  const broken: Scenario = { name: "broken", title: "Broken", run: () => Promise.reject(new Error("no disk")) };
  const sound: Scenario = {
    name: "sound",
    title: "Sound",
    run: () => Promise.resolve({ title: "Sound", figures: [{ what: "a", value: "1" }], notes: ["So it is."] }),
  };
  const keep = (name: string): Promise<void> => Promise.resolve(void kept.push(name));
  expect(await runScenarios([broken, sound], { keep, say: (line) => said.push(line) })).toBe(1);
  expect(kept).toEqual(["sound"]);
  expect(said.join("\n")).toMatch(/FAILED: broken: .*no disk[^]*So it is\./);
});
