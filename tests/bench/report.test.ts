import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { ComparisonResult } from "./comparison/result.ts";
import { summariseProfile } from "./profile/cpu-profile.ts";
import { drawChart } from "./report/chart.ts";
import { costTable, rateTables } from "./report/comparison-tables.ts";
import { figureRows } from "./report/figures.ts";
import { formatPage, makePage } from "./report/page.ts";
import { formatMarkdownTable, formatTable } from "./report/table.ts";

const peer = (name: string): ComparisonResult["peers"][number] => ({
  name,
  title: `<${name}>`,
  how: "so",
  idleCores: 0.1,
  versions: [],
});

const result: ComparisonResult = {
  date: "2026-01-02 03:04",
  commit: "abc",
  machine: { processor: "P", cores: 2, memoryGb: 4, kernel: "K", system: "S", fileSystem: "ext4", bun: "1" },
  load: "wrk 4",
  rounds: 3,
  seconds: 2,
  works: [{ name: "hot", title: "purchase" }],
  connections: [1, 64],
  peers: [peer("ceiling"), peer("store")],
  skipped: ["etcd: etcd is missing"],
  twoSyncsUs: 400,
  targets: [
    { what: "a", value: "0.3", target: ">= 0.25", met: true },
    { what: "b", value: "3", target: ">= 5", met: false },
  ],
  cells: [
    {
      work: "hot",
      connections: 64,
      peer: "store",
      rate: { median: 10_000, low: 9_000, high: 11_000 },
      p50Us: 900,
      p99Us: 2_500,
      failures: 2,
      generatorCores: 0.4,
    },
  ],
  costs: [
    { peer: "store", connections: 64, process: "catalog", cpuUs: 12.3, purchasesPerSync: 31, purchasesPerBatch: 5 },
    { peer: "store", connections: 64, process: "front-end", cpuUs: 20, purchasesPerSync: 0 },
  ],
};

describe("tables", () => {
  test("for terminals are aligned", () => {
    expect(
      formatTable(
        ["what", "n"],
        [
          ["a", "1,000"],
          ["longer", ""],
        ],
      ),
    ).toEqual(["what        n", "a       1,000", "longer"]);
  });

  test("for documents are Markdown", () => {
    expect(formatMarkdownTable(["what", "n"], [["a", "1"]])).toEqual(["| what | n |", "|---|--:|", "| a | 1 |"]);
  });

  test("show rate, spread, latency and what failed; nothing where nothing was measured", () => {
    expect(rateTables(result)[0]?.rows).toEqual([
      ["<ceiling>", "", ""],
      ["<store>", "", "10,000 ±10 % (900 us, 2.5 ms), 2 FAILED"],
    ]);
  });

  test("show what a purchase costs each process", () => {
    expect(costTable(result).rows).toEqual([
      ["<store>: catalog", "", "12 us; 31; 5 a batch"],
      ["<store>: front-end", "", "20 us; -"],
    ]);
  });

  test("shout where a target was missed", () => {
    expect(figureRows(result.targets).map((row) => row[3])).toEqual(["met", "MISSED"]);
    expect(figureRows([{ what: "a", value: "1" }])).toEqual([["a", "1", "", ""]]);
  });
});

test("the chart is well-formed, and has a line for each peer that was measured", () => {
  const svg = drawChart(result);
  const opened = [...svg.matchAll(/<(svg|g|text|style|title)\b/g)].length;
  const closed = [...svg.matchAll(/<\/(svg|g|text|style|title)>/g)].length;
  expect(closed).toBe(opened);
  expect(svg).toContain("&lt;store>");
  expect([...svg.matchAll(/<polyline [^>]*points="\d+,\d+"/g)]).toHaveLength(1);
});

describe("the page", () => {
  test("shows the comparison, who was skipped, the profile and the notes, and leaves out what there is not", () => {
    const whole = formatPage({ comparison: result, scenarios: [], profile: undefined, notes: "## By hand\n" });
    for (const text of ["**SKIPPED** etcd", "wrk 4", "commit abc", "MISSED", "## By hand"])
      expect(whole).toContain(text);
    expect(whole).not.toContain("How cost grows");
    expect(formatPage({ comparison: undefined, scenarios: [], profile: undefined, notes: "" })).toEndWith(
      "# Performance\n",
    );
  });

  test("shows what is known of how cost grows, each with its date and commit", () => {
    const scenario = {
      name: "idle",
      title: "Idle connections",
      date: "2026-02-03 04:05",
      commit: "def",
      figures: [{ what: "memory", value: "90 MB", target: "< 100 MB", met: true }],
      notes: ["Nobody said anything."],
    };
    const page = formatPage({ comparison: undefined, scenarios: [scenario], profile: undefined, notes: "" });
    const row = "| memory | 90 MB | < 100 MB | met |";
    for (const text of ["### Idle connections", row, "Nobody said", "commit def"]) expect(page).toContain(text);
  });

  test("shows how much the processes had to do, by area and by function", () => {
    const areas = [{ name: "our core", share: 0.5 }];
    const functions = [
      { name: "step services/order/core/log.ts", share: 0.25 },
      { name: "rare", share: 0.001 },
    ];
    const process = { process: "order 1", cores: 0.7, samples: 1000, areas, functions };
    const profile = { date: "today", commit: "ghi", connections: 64, seconds: 10, processes: [process] };
    const page = formatPage({ comparison: undefined, scenarios: [], profile, notes: "" });
    for (const text of ["| our core | 50.0 % |", "| step services/order/core/log.ts | 25.0 % |"]) {
      expect(page).toContain(text);
    }
    expect(page).not.toContain("rare");
  });

  test("in docs/ is what was last measured (bun run bench --page)", () => {
    for (const [file, text] of makePage()) expect(readFileSync(file, "utf8")).toBe(text);
  });
});

test("a profile counts the samples of its period, by area and by function", () => {
  const frame = (functionName: string, url: string): object => ({ functionName, url });
  const root = "file:///some/folder";
  const profile = {
    nodes: [
      { id: 1, callFrame: frame("step", `${root}/services/order/core/log.ts`) },
      { id: 2, callFrame: frame("", `${root}/node_modules/@connectrpc/connect/dist/esm/a.js`) },
      { id: 3, callFrame: frame("write", "") },
    ],
    startTime: 1_000_000,
    // At 1.1, 1.2, 1.3, 1.4 and 9 s.
    samples: [3, 1, 1, 2, 3],
    timeDeltas: [100_000, 100_000, 100_000, 100_000, 7_600_000],
  };
  expect(summariseProfile(profile, { fromMs: 1150, toMs: 2000 })).toEqual({
    samples: 3,
    areas: [
      { name: "our core", share: 0.667 },
      { name: "Connect", share: 0.333 },
    ],
    functions: [
      { name: "step services/order/core/log.ts", share: 0.667 },
      { name: "(anonymous) @connectrpc/connect/a.js", share: 0.333 },
    ],
  });
});
