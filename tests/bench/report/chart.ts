import type { ComparisonResult } from "../comparison/result.ts";
import { formatCount } from "./units.ts";

// One panel for each kind of work: a line for each peer over the number of
// connections, on a logarithmic scale, because the peers are orders of magnitude
// apart. Colours are of one strength, so that they are read on white and on black.

const colours = ["#8a8a8a", "#e8590c", "#1c7ed6", "#4dabf7", "#d6336c", "#37b24d", "#9c36b5"];

const panel = { width: 300, height: 190, left: 56, top: 28, right: 12, bottom: 22 } as const;
const columns = 3;
const legendLine = 20;
const decades = [100, 1000, 10_000, 100_000];

const style = `
text { font: 11px system-ui, sans-serif; fill: #333 }
.title { font-weight: 600; font-size: 12px }
.axis { text-anchor: end; fill: #777 }
.count { text-anchor: middle; fill: #777 }
.grid { stroke: #bbb; stroke-opacity: 0.5 }
.paper { fill: #fff }
polyline { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd }
  .axis, .count { fill: #999 }
  .grid { stroke: #666 }
  .paper { fill: #0d1117 }
}`;

/** A picture for the documents; it follows the reader's light or dark. */
export function drawChart(result: ComparisonResult): string {
  // The legend is the last panel.
  const rows = Math.ceil((result.works.length + 1) / columns);
  const width = columns * panel.width;
  const height = rows * panel.height;
  const panels = [...result.works.map(({ name, title }) => drawPanel(result, name, title)), drawLegend(result)].map(
    (drawing, i) => {
      const [x, y] = [(i % columns) * panel.width, Math.floor(i / columns) * panel.height];
      return `<g transform="translate(${x} ${y})">\n${drawing}\n</g>`;
    },
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    "<title>Requests a second, by kind of work and number of connections (logarithmic)</title>",
    `<style>${style}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    ...panels,
    "</svg>\n",
  ].join("\n");
}

function drawLegend({ peers }: ComparisonResult): string {
  const entries = peers.map(({ title }, i) => {
    const y = panel.top + 14 + i * legendLine;
    const line = `<line x1="${panel.left}" x2="${panel.left + 20}" y1="${y}" y2="${y}" stroke="${colourOf(i)}" stroke-width="3"/>`;
    return `${line}<text x="${panel.left + 28}" y="${y + 4}">${escape(title)}</text>`;
  });
  const heading = `<text class="title" x="${panel.left}" y="16">requests/s by connections</text>`;
  return [heading, ...entries].join("\n");
}

function drawPanel(result: ComparisonResult, work: string, title: string): string {
  const at = (i: number): number => {
    const steps = Math.max(1, result.connections.length - 1);
    return Math.round(panel.left + 10 + (i * (panel.width - panel.left - panel.right - 20)) / steps);
  };
  const grid = decades.map((rate) => {
    const y = heightOf(rate);
    return (
      `<line class="grid" x1="${panel.left}" x2="${panel.width - panel.right}" y1="${y}" y2="${y}"/>` +
      `<text class="axis" x="${panel.left - 5}" y="${y + 4}">${formatCount(rate)}</text>`
    );
  });
  const counts = result.connections.map(
    (count, i) => `<text class="count" x="${at(i)}" y="${panel.height - 6}">${count}</text>`,
  );
  const lines = result.peers.map(({ name }, i) => {
    const points = result.connections.flatMap((connections, column) => {
      const cell = result.cells.find(
        (one) => one.work === work && one.connections === connections && one.peer === name,
      );
      return cell === undefined ? [] : [`${at(column)},${heightOf(cell.rate.median)}`];
    });
    return `<polyline stroke="${colourOf(i)}" points="${points.join(" ")}"/>`;
  });
  const heading = `<text class="title" x="${panel.left}" y="16">${escape(title)}</text>`;
  return [heading, ...grid, ...counts, ...lines].join("\n");
}

/** Where a rate is in its panel. */
function heightOf(rate: number): number {
  const [lowest = 1, highest = 1] = [decades[0], decades.at(-1)];
  const share = Math.log(Math.max(rate, lowest) / lowest) / Math.log(highest / lowest);
  return Math.round(panel.height - panel.bottom - share * (panel.height - panel.top - panel.bottom));
}

function colourOf(index: number): string {
  return colours[index % colours.length] ?? "#000";
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
