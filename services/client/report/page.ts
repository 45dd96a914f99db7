import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A plot of one page. */
export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  /** percentile: 0 to 100, drawn on an axis on which 90, 99 and 99.9 are equally far apart. */
  readonly xKind: "number" | "percentile";
  readonly x: readonly number[];
  readonly yLabel: string;
  readonly log: boolean;
  /** null: no value here. */
  readonly y: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
  readonly marks: readonly { readonly at: number; readonly label: string }[];
}

/** One self-contained page: it needs no network and no other file. `top` and `bottom` are HTML. */
export function formatPage(page: {
  readonly title: string;
  readonly top: string;
  readonly charts: readonly Chart[];
  readonly bottom: string;
}): string {
  const places = page.charts.map(
    ({ title }, i) => `<h2>${escapeHtml(title)}</h2>\n<div class="chart" id="chart-${i}"></div>`,
  );
  const parts: Readonly<Record<string, string>> = {
    title: escapeHtml(page.title),
    "uplot.css": read(import.meta.resolve("uplot/dist/uPlot.min.css")),
    "uplot.js": read(import.meta.resolve("uplot/dist/uPlot.iife.min.js")),
    body: [page.top, ...places, page.bottom].join("\n"),
    // A "<" inside JSON could end the script element.
    charts: JSON.stringify(page.charts).replaceAll("<", "\\u003c"),
  };
  // Where HTML would not do, a place is inside a comment or a string, which goes with it. And by a
  // function: in a replacement string "$" would mean something.
  return read(import.meta.resolve("./page.html")).replace(
    /(?:\/\*|")?\{\{([\w.]+)\}\}(?:\*\/|")?/g,
    (whole, name: string) => parts[name] ?? whole,
  );
}

function read(url: string): string {
  return readFileSync(fileURLToPath(url), "utf8");
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Rows, the first of them titles, as a table. */
export function htmlTable([titles = [], ...rows]: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]): string =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("");
  const body = rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
  return `<div class="scroll"><table><tr>${cells("th", titles)}</tr>\n${body}</table></div>`;
}
