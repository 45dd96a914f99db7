import { z } from "zod";

/** What Bun writes with --cpu-prof, as far as it is used here. Times are microseconds; the start is by the wall clock. */
const cpuProfile = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame: z.object({ functionName: z.string(), url: z.string() }) })),
  startTime: z.number(),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

export interface Share {
  readonly name: string;
  /** Of all samples, 0 to 1. */
  readonly share: number;
}

export interface ProfileSummary {
  readonly samples: number;
  /** By part of the program, the largest first. */
  readonly areas: readonly Share[];
  /** By function, each without what it calls, the largest first. */
  readonly functions: readonly Share[];
}

/** Wall clock, milliseconds. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Samples are taken while JavaScript runs, and only those of the period count: no start, no end, no idling. */
export function summariseProfile(json: unknown, period: Period): ProfileSummary {
  const profile = cpuProfile.parse(json);
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const areas = new Map<string, number>();
  const functions = new Map<string, number>();
  let [atUs, samples] = [profile.startTime, 0];
  for (const [i, sample] of profile.samples.entries()) {
    atUs += profile.timeDeltas[i] ?? 0;
    const frame = frames.get(sample);
    if (frame === undefined || atUs < period.fromMs * 1000 || atUs > period.toMs * 1000) continue;
    samples++;
    const place = placeOf(frame.url);
    count(areas, areaOf(place));
    count(functions, `${frame.functionName === "" ? "(anonymous)" : frame.functionName} ${place}`.trim());
  }
  return { samples, areas: shares(areas, samples), functions: shares(functions, samples) };
}

/** From the project's folder, packages by their name. Empty: native code. */
function placeOf(url: string): string {
  const path = /(?:^|\/)((?:services|gen)\/.*)$/.exec(url)?.[1] ?? /.*node_modules\/(.*)$/.exec(url)?.[1];
  return (path ?? url).replace("/dist/esm/", "/");
}

const areaPatterns: readonly (readonly [RegExp, string])[] = [
  [/^services\/[^/]+\/core\//, "our core"],
  [/^services\/(?:[^/]+\/storage\/|lib\/(?:synced-file|checksum))/, "our storage"],
  [/^services\/[^/]+\/http\//, "our http"],
  [/^services\/[^/]+\/rpc\//, "our rpc"],
  [/^(?:services|gen)\//, "our drivers and lib"],
  [/^@connectrpc\//, "Connect"],
  [/^@bufbuild\//, "protobuf"],
  [/^(?:node|internal|bun):/, "Bun's http2, net and streams"],
  [/^$/, "native code"],
];

function areaOf(place: string): string {
  return areaPatterns.find(([pattern]) => pattern.test(place))?.[1] ?? "other packages";
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function shares(counts: ReadonlyMap<string, number>, total: number): Share[] {
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, samples]) => ({ name, share: Number((samples / total).toFixed(3)) }));
}
