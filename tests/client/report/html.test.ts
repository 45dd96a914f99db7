import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import type { Recorder } from "../../../services/client/load/recorder.ts";
import { formatHtml } from "../../../services/client/report/html.ts";
import { sampleReport } from "./sample.ts";

const executablePath = "/usr/bin/chromium";
const hasBrowser = existsSync(executablePath);
if (!hasBrowser) {
  process.stderr.write(
    `SKIPPED: ${executablePath} is missing, so no report is opened in a browser (apt-get install chromium)\n`,
  );
}

const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];

/** Twenty seconds with a stall in the middle. */
function record(recorder: Recorder): void {
  for (let second = 2; second < 20; second++) {
    for (let i = 0; i < 50; i++) {
      const startMs = second * 1_000 + i * 20;
      recorder.answer(i % 2 === 0 ? "query" : "buy", startMs, startMs + (second === 10 ? 300 : 3 + (i % 7)));
    }
  }
}

const events = [{ at: 10, label: "kill leader, order 1 (pid 7)" }];

describe("the report as a page", () => {
  test("is one file that asks for no other", () => {
    const page = formatHtml(sampleReport({ record, events }));
    expect(page).not.toMatch(/(src|href)=|@import|url\(|\{\{/);
    expect(page.length).toBeLessThan(300_000);
  });

  test("shows what stands in names and kinds as text, never as markup", () => {
    const title = "</script><script>alert(1)</script>";
    const page = formatHtml(sampleReport({ title, events: [{ at: 1, label: "<img onerror=x>" }] }));
    expect(page).not.toContain(title);
    expect(page).not.toContain("<img");
  });
});

describe.skipIf(!hasBrowser)("the report in a browser", () => {
  const folder = mkdtempSync(join(tmpdir(), "toystore-html-test-"));
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  async function open(html: string) {
    const path = join(folder, "report.html");
    writeFileSync(path, html);
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => problems.push(message.text()));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:")) problems.push(request.url());
    });
    await page.goto(`file://${path}`);
    await page.waitForSelector("body[data-drawn]", { timeout: 20_000 });
    return { page, problems };
  }

  test("draws its four plots, shows the verdict and the proof, and complains of nothing", async () => {
    const { page, problems } = await open(formatHtml(sampleReport({ record, events, loadMs: 20_000 })));
    expect(await page.locator("canvas").count()).toBe(4);
    expect(await page.locator("#verdict").innerText()).toBe("0 errors, 0 mismatches (status 0)");
    expect(await page.locator("#proof").innerText()).toContain("verified: 2 of 2 orders");
    expect(await page.locator("h2").allInnerTexts()).toContain("Latency by percentile");
    // Something is drawn: not every pixel of a plot has the same colour.
    const colours = await page.locator("canvas").evaluateAll((canvases) =>
      canvases.map((canvas) => {
        const drawn = canvas as unknown as { width: number; height: number; getContext(kind: "2d"): PixelSource };
        const { data: pixels } = drawn.getContext("2d").getImageData(0, 0, drawn.width, drawn.height);
        return new Set(new Uint32Array(pixels.buffer)).size;
      }),
    );
    for (const count of colours) expect(count).toBeGreaterThan(20);
    expect(problems).toEqual([]);
  }, 60_000);

  test("shows broken promises and warnings, also when nothing was answered", async () => {
    const order = { number: 4, name: "<Tux>", quantity: 1, key: "k4" };
    const report = sampleReport({ findings: [{ type: "lost", order, at: "127.0.0.1:1110" }] });
    const { page, problems } = await open(formatHtml({ ...report, timeline: [] }));
    expect(await page.locator("body").innerText()).toContain("lost: order 4 (1 <Tux>) [key k4] was acknowledged");
    expect(await page.locator("#verdict").innerText()).toContain("FAILED: the store broke 1 promise (status 3)");
    expect(problems).toEqual([]);
  }, 60_000);
});

interface PixelSource {
  getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray<ArrayBuffer> };
}
