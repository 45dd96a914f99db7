import { startStore, type TestStore } from "../../harness/store.ts";
import { stockOfEach } from "../peers/peer.ts";
import { median } from "../samples.ts";
import type { Figure, Scenario, ScenarioResult } from "../scenario.ts";
import { hotProduct } from "../work.ts";
import type { CrowdPlan } from "./arrivals/crowd.ts";
import { purchaseOf, sendCrowd } from "./arrivals/send-crowd.ts";
import type { Span } from "./arrivals/span.ts";
import { halvesOf, highest, Resources, type Sample } from "./resources.ts";

const closedConnections = [256, 1_024, 4_000] as const;
const bestSeconds = 4;
const times = 4;
const overloadConnections = 12_000;
const overloadSeconds = 15;
/** Less than what the store itself allows a purchase, which is 3 s. */
const patienceMs = 2_000;
const quietSeconds = 4;
const probe = { connections: 32, rate: 200, reportMs: 250 };
const shareMin = 0.8;
const backMsMax = 2_000;
/** Latency is normal again when it is at most so many times what it was before. */
const normalFactor = 2;
const growthMax = 1.2;

/** A span that the probe told, and when. */
interface Told {
  readonly atMs: number;
  readonly span: Span;
}

interface Seen {
  /** Purchases a second, of a closed loop. */
  readonly best: number;
  readonly spans: readonly Span[];
  readonly told: readonly Told[];
  readonly beganMs: number;
  readonly endedMs: number;
  readonly resources: ReadonlyMap<string, readonly Sample[]>;
}

export const overload: Scenario = {
  name: "overload",
  title: `Overload: ${times} times as many purchases as the store can make`,
  async run(say) {
    await using store = await startStore({ quantity: stockOfEach });
    const plan = { port: store.restPort, patienceMs, reportMs: 1_000, request: purchaseOf(hotProduct) };
    await sendCrowd({ ...plan, connections: 1_024, rate: 0, seconds: bestSeconds });
    let best = 0;
    for (const connections of closedConnections) {
      const rate = acceptedRate(await sendCrowd({ ...plan, connections, rate: 0, seconds: bestSeconds }));
      say(`${connections} connections: ${Math.round(rate)} purchases a second`);
      best = Math.max(best, rate);
    }
    return resultOf(await overrun(store, plan, best, say));
  },
};

type Given = Omit<CrowdPlan, "connections" | "rate" | "seconds">;

/** The crowd comes and goes; all the while a few others buy now and then, and say how long it takes. */
async function overrun(store: TestStore, plan: Given, best: number, say: (line: string) => void): Promise<Seen> {
  const told: Told[] = [];
  const startMs = performance.now();
  const seconds = 2 * quietSeconds + overloadSeconds + 6;
  const probed = sendCrowd(
    { ...plan, ...probe, seconds },
    { onSpan: (span) => void told.push({ atMs: performance.now(), span }) },
  );
  await Bun.sleep(quietSeconds * 1_000);
  let beganMs = startMs;
  let resources: Resources | undefined;
  const spans = await sendCrowd(
    { ...plan, connections: overloadConnections, rate: best * times, seconds: overloadSeconds },
    {
      onOpen: () => {
        beganMs = performance.now();
        resources = new Resources(store.processes, 500);
      },
      onSpan: (span) => say(describe(span)),
    },
  );
  const endedMs = performance.now();
  const sampled = resources?.stop() ?? new Map<string, readonly Sample[]>();
  await probed;
  return { best, spans, told, beganMs, endedMs, resources: sampled };
}

function resultOf(seen: Seen): ScenarioResult {
  const { best, spans, told, beganMs } = seen;
  const before = told.filter(({ atMs }) => atMs < beganMs).map(({ span }) => span.p50);
  const normalMs = median(before.filter((ms) => !Number.isNaN(ms)));
  const offered = rateOf(spans, ({ offered: count }) => count);
  const accepted = acceptedRate(spans);
  const count = (pick: (span: Span) => number): number => sum(spans.map(pick));
  const failed = count(({ wrong, late, broken }) => wrong + late + broken);
  const waited = median(spans.map(({ p50 }) => p50).filter((ms) => !Number.isNaN(ms)));
  const rate = (value: number): string => `${Math.round(value)}/s`;
  const shed = count(({ shed: one }) => one);
  const figures: Figure[] = [
    { what: `best rate of ${closedConnections.join(", ")} connections, each waiting for its reply`, value: rate(best) },
    { what: "arrivals", value: `${rate(best * times)}, ${times.toFixed(2)} times the best` },
    {
      what: "of them sent: the others found no connection free",
      value: `${rate(offered)}, ${(offered / best).toFixed(2)} times the best`,
    },
    {
      what: "accepted / best",
      value: `${rate(accepted)} / ${rate(best)} = ${(accepted / best).toFixed(2)}`,
      target: `at least ${shareMin}`,
      met: accepted / best >= shareMin,
    },
    {
      what: "neither accepted nor shed with 503 and Retry-After",
      value: `${failed}; accepted ${count(({ accepted: one }) => one)}, shed ${shed}`,
      target: "0",
      met: failed === 0 && shed > 0,
    },
    { what: "p50 of the accepted", value: `${waited.toFixed(0)} ms` },
    backFigure(seen, normalMs),
    ...[...seen.resources].map(([name, samples]) => memoryFigure(name, samples)),
  ];
  return { title: overload.title, figures, notes };
}

/** From when on the latency is normal for a second; a shared machine has its moments later, too. */
function backFigure({ told, endedMs }: Seen, normalMs: number): Figure {
  const after = told.filter(({ atMs }) => atMs - probe.reportMs >= endedMs);
  const first = after.find((_, i) => {
    const second = after.slice(i, i + 1_000 / probe.reportMs).map(({ span }) => span.p50);
    return median(second) <= normalFactor * normalMs;
  });
  const backMs = (first?.atMs ?? Number.POSITIVE_INFINITY) - endedMs;
  return {
    what: `p50 back at ${normalMs.toFixed(1)} ms as before (at most ${normalFactor} times that)`,
    value: `${Math.round(backMs)} ms after the end`,
    target: `within ${backMsMax} ms`,
    met: backMs <= backMsMax,
  };
}

function memoryFigure(name: string, samples: readonly Sample[]): Figure {
  const { first, second } = halvesOf(samples);
  const [early, late] = [highest(first), highest(second)];
  const figure = {
    what: `memory of ${name}, at most`,
    value: `${early.toFixed(0)} MB in the first half, ${late.toFixed(0)} MB in the second`,
  };
  // Replicas keep the keys of a million orders, however fast those come.
  if (name.startsWith("order")) return figure;
  return {
    ...figure,
    target: `grows by less than ${Math.round((growthMax - 1) * 100)} %`,
    met: late <= early * growthMax,
  };
}

const notes = [
  `The crowd has a process of its own on the same cores, ${overloadConnections} connections, opened before; its arrivals do not wait for replies, and a client leaves after ${patienceMs} ms.`,
  "What it costs to send and to shed is taken from what the store has; the best rate was measured with the same crowd.",
  "An order replica grows with each order until it has the keys of a million.",
];

function acceptedRate(spans: readonly Span[]): number {
  return rateOf(spans, ({ accepted }) => accepted);
}

function rateOf(spans: readonly Span[], pick: (span: Span) => number): number {
  return (sum(spans.map(pick)) / sum(spans.map(({ ms }) => ms))) * 1_000;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function describe({ offered, unsent, accepted, shed, wrong, late, broken, p50 }: Span): string {
  return `sent ${offered} (${unsent} not), accepted ${accepted}, shed ${shed}, wrong ${wrong}, late ${late}, broken ${broken}, p50 ${p50.toFixed(0)} ms`;
}
