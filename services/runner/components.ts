import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "../lib/config.ts";
import { type RunnerConfig, storeVariables } from "./config.ts";

/** One process of the store. */
export interface Component {
  /** As operators say it: "catalog", "order 2", "front-end". */
  readonly name: string;
  /** Its folder in services/. */
  readonly service: string;
  readonly command: readonly string[];
  readonly env: Environment;
  /** What to type to start it by hand. */
  readonly commandLine: string;
  /** Components stop group by group, the lowest first; those of one group together. */
  readonly stopGroup: number;
}

/** To be preloaded into every child, which then does not outlive its parent. */
export const followParentFile = fileURLToPath(import.meta.resolve("./follow-parent.ts"));

/** What components are started with. */
export interface Place {
  /** The project's folder. */
  readonly root: string;
  readonly workingFolder: string;
  /** The Bun that runs them. */
  readonly executable: string;
  readonly env: Environment;
  /** Logs for people rather than JSON. */
  readonly readable: boolean;
}

/** Catalog, three order replicas, front-end: as `bun run catalog`, `order` and `front-end` start them. */
export function storeComponents(config: RunnerConfig, place: Place): Component[] {
  const replicas = config.orderLogFiles.map((file, i) => {
    const id = `${i + 1}`;
    const own = { COMPONENT_ID: id, ORDER_LOG_FILE: file };
    return component(place, { name: `order ${id}`, service: "order", stopGroup: 1, own, usual: `data/log${id}.csv` });
  });
  const catalogOwn = { CATALOG_FILE: config.catalogFile };
  return [
    component(place, { name: "catalog", service: "catalog", stopGroup: 2, own: catalogOwn, usual: "data/catalog.csv" }),
    ...replicas,
    component(place, { name: "front-end", service: "front-end", stopGroup: 0, own: {}, usual: "" }),
  ];
}

interface Wanted {
  readonly name: string;
  readonly service: string;
  readonly stopGroup: number;
  /** Variables of this process only. */
  readonly own: Readonly<Record<string, string>>;
  /** Where the process keeps its file if nobody says otherwise, seen from the project's folder. */
  readonly usual: string;
}

function component(place: Place, wanted: Wanted): Component {
  const file = join(place.root, "services", wanted.service, "main.ts");
  return {
    name: wanted.name,
    service: wanted.service,
    command: [place.executable, "--preload", followParentFile, file],
    env: { ...place.env, ...wanted.own, LOG_FORMAT: place.env["LOG_FORMAT"] || (place.readable ? "pretty" : "json") },
    commandLine: commandLine(place, wanted),
    stopGroup: wanted.stopGroup,
  };
}

/** Who came with Node may have no Bun but the one that npx fetches. */
function bunOf({ env }: Place): string {
  return env["npm_config_user_agent"]?.startsWith("npm/") === true ? `npx bun@${Bun.version}` : "bun";
}

/** `COMPONENT_ID=2 bun run order`, with every variable that is not as usual. */
function commandLine(place: Place, wanted: Wanted): string {
  const moved = storeVariables.flatMap((name) => {
    const value = place.env[name];
    return value === undefined || value === "" ? [] : [[name, value] as const];
  });
  const own = Object.entries(wanted.own).flatMap(([name, value]) => {
    if (!name.endsWith("_FILE")) return [[name, value] as const];
    // `bun run` works in the project's folder, wherever it is typed.
    if (resolve(place.workingFolder, value) === join(place.root, wanted.usual)) return [];
    const isPlain = isAbsolute(value) || place.workingFolder === place.root;
    return [[name, isPlain ? value : resolve(place.workingFolder, value)] as const];
  });
  const words = [...own, ...moved].map(([name, value]) => `${name}=${quoteForShell(value)}`);
  return [...words, bunOf(place), "run", wanted.service].join(" ");
}

function quoteForShell(text: string): string {
  return /^[\w./:,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
