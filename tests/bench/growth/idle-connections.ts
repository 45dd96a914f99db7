import { startStore } from "../../harness/store.ts";
import { stockOfEach } from "../peers/peer.ts";
import type { Figure, Scenario, ScenarioResult } from "../scenario.ts";
import { hotProduct } from "../work.ts";
import { readOf, sendCrowd } from "./arrivals/send-crowd.ts";
import type { Span } from "./arrivals/span.ts";
import { makePurchases, type Purchases } from "./random-purchases.ts";
import { halvesOf, Resources, type Sample, slopeOf } from "./resources.ts";

const connections = 10_000;
/** Each asks once in this time; the store closes what is silent for 12 s. */
const betweenS = 8;
const seconds = 60;
const buyers = 16;
const buyRate = 300;
const buySeconds = 10;
/** Over the second half: 30 s. */
const growthMax = 0.05;
const filesSlopeMax = 0.1;

export const idleConnections: Scenario = {
  name: "idle-connections",
  title: `${connections.toLocaleString("en")} open connections that ask every ${betweenS} s`,
  async run(say) {
    await using store = await startStore({ quantity: stockOfEach });
    const load = { port: store.restPort, connections: buyers, rate: buyRate, product: () => hotProduct };
    await makePurchases({ ...load, seconds: 5 });
    const alone = await makePurchases({ ...load, seconds: buySeconds });
    say(`alone: ${describe(alone)}`);
    const opened = Promise.withResolvers<void>();
    const crowd = sendCrowd(
      {
        port: store.restPort,
        connections,
        rate: connections / betweenS,
        seconds,
        patienceMs: 3_000,
        reportMs: 1_000,
        request: readOf(hotProduct),
      },
      { onOpen: opened.resolve },
    );
    await Promise.race([opened.promise, crowd]);
    const resources = new Resources(
      store.frontEnds.map(({ process }) => process),
      1_000,
    );
    // The buyers connect long before the second half: they must not bend its line.
    const buyFromS = seconds / 4;
    await Bun.sleep(buyFromS * 1_000);
    const beside = await makePurchases({ ...load, seconds: seconds - buyFromS });
    say(`beside them: ${describe(beside)}`);
    const spans = await crowd;
    const samples = [...resources.stop().values()].flat();
    // Those taken as the connections were closed do not count.
    const lastS = seconds - 1;
    return resultOf(
      alone,
      beside,
      spans,
      samples.filter(({ atS }) => atS <= lastS),
    );
  },
};

function resultOf(
  alone: Purchases,
  beside: Purchases,
  spans: readonly Span[],
  samples: readonly Sample[],
): ScenarioResult {
  const { second } = halvesOf(samples);
  const kbSlope = slopeOf(second, ({ rssMb }) => rssMb) * 1_000;
  const filesSlope = slopeOf(second, ({ files }) => files);
  const grownKb = kbSlope * (seconds / 2);
  const [last] = second.slice(-1);
  const answered = sum(spans.map(({ accepted }) => accepted));
  const failed = sum(spans.map(({ shed, wrong, late, broken, unsent }) => shed + wrong + late + broken + unsent));
  const figures: Figure[] = [
    { what: "their requests answered", value: `${answered}, failed ${failed}`, target: "0 failed", met: failed === 0 },
    {
      what: "memory of the front-end over the second half",
      value: `${kbSlope.toFixed(1)} kB/s at ${last?.rssMb.toFixed(0)} MB`,
      target: `flat: grows by less than ${growthMax * 100} %`,
      met: grownKb < (last?.rssMb ?? 0) * 1_000 * growthMax,
    },
    {
      what: "file descriptors of the front-end over the second half",
      value: `${filesSlope.toFixed(3)}/s at ${last?.files}`,
      target: `flat: under ${filesSlopeMax}/s`,
      met: Math.abs(filesSlope) < filesSlopeMax,
    },
    { what: `${buyRate} purchases a second, without them`, value: describe(alone) },
    { what: `${buyRate} purchases a second, beside them`, value: describe(beside) },
  ];
  return {
    title: idleConnections.title,
    figures,
    notes: ["Slopes are least squares over one sample a second."],
  };
}

function describe({ p50, p99, failed }: Purchases): string {
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${failed} failed`;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
