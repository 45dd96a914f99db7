import type { ImportedModule, Source } from "./source.ts";

/** A part of a service, by the folder or file that it is in. */
export type Layer = "core" | "storage" | "rpc" | "http" | "driver" | "config" | "main";

/** Where a file stands; undefined: outside services/. */
export interface Place {
  /** The folder in services/, "lib" included. */
  readonly service: string;
  /** Undefined in lib, in the client and in the runner that starts the store: they have no layers. */
  readonly layer: Layer | undefined;
}

const layerFolders: ReadonlySet<string> = new Set(["core", "storage", "rpc", "http"]);
const unlayered: ReadonlySet<string> = new Set(["lib", "client", "runner"]);

export function placeOf(path: string): Place | undefined {
  const [top, service, ...rest] = path.split("/");
  if (top !== "services" || service === undefined || rest.length === 0) return undefined;
  return { service, layer: unlayered.has(service) ? undefined : layerOf(rest) };
}

/** Whatever joins core and adapters, beside main.ts and config.ts, is of the driver. */
function layerOf(rest: readonly string[]): Layer {
  const [first = ""] = rest;
  if (rest.length > 1 && layerFolders.has(first)) return first as Layer;
  if (first === "main.ts") return "main";
  if (first === "config.ts") return "config";
  return "driver";
}

interface Allowance {
  /** Layers of the same service; lib is always allowed. */
  readonly layers: readonly Layer[];
  readonly gen: boolean;
  /** Packages and modules of the runtime, with all that is below them. */
  readonly packages: readonly string[] | "all";
}

const allowances: Readonly<Record<Layer, Allowance>> = {
  core: { layers: ["core"], gen: false, packages: [] },
  storage: {
    layers: ["storage", "core"],
    gen: false,
    packages: ["bun", "node:crypto", "node:fs", "node:path", "node:zlib", "p-limit"],
  },
  rpc: {
    layers: ["rpc", "core"],
    gen: true,
    packages: ["@bufbuild/protobuf", "@connectrpc/connect", "@connectrpc/connect-node", "p-limit"],
  },
  http: { layers: ["http", "core"], gen: false, packages: ["bun"] },
  driver: { layers: ["driver", "core", "storage"], gen: false, packages: [] },
  config: { layers: ["core"], gen: false, packages: ["node:path", "zod"] },
  main: { layers: ["core", "storage", "rpc", "http", "driver", "config", "main"], gen: true, packages: "all" },
};

/** The interfaces that a driver asks of its adapters; they may name them. */
const ports = /^services\/[^/]+\/(driver\/)?ports\.ts$/;

/** Why this file may not import that module; undefined: it may. */
export function importComplaint(source: Source, imported: ImportedModule): string | undefined {
  const place = placeOf(source.path);
  if (imported.specifier === "(computed)") return "imports a module that is only named while it runs";
  if (imported.path === undefined) return packageComplaint(place, imported.specifier);
  if (!imported.path.endsWith(".ts") && !imported.path.endsWith(".json")) return "leaves out the file's extension";
  if (place === undefined) return outsideComplaint(source.path, imported.path);
  return insideComplaint(place, imported, imported.path);
}

function packageComplaint(place: Place | undefined, specifier: string): string | undefined {
  if (specifier.startsWith("/")) return "imports by an absolute path";
  if (place?.layer === undefined) return undefined;
  const { packages } = allowances[place.layer];
  if (packages === "all" || packages.some((name) => specifier === name || specifier.startsWith(`${name}/`))) {
    return undefined;
  }
  return `${place.layer} may not import ${specifier}`;
}

/** The commands of the bench, the fault suite and the simulator: their work lives in tests/. */
const testCommands: ReadonlySet<string> = new Set(["bin/bench.ts", "bin/faults.ts", "bin/sim.ts"]);

function outsideComplaint(from: string, to: string): string | undefined {
  if (from.startsWith("bin/") && to.startsWith("tests/") && !testCommands.has(from)) return "bin may not import tests";
  return undefined;
}

function insideComplaint(place: Place, imported: ImportedModule, to: string): string | undefined {
  const target = placeOf(to);
  if (target === undefined) {
    if (!to.startsWith("gen/")) return `services may not import ${to.split("/")[0]}`;
    const allowed = place.layer !== undefined && allowances[place.layer].gen;
    return allowed ? undefined : `${place.layer ?? place.service} may not import gen`;
  }
  if (target.service === "lib") return undefined;
  if (place.service === "lib") return "lib may not import a service";
  if (target.service !== place.service) return `${place.service} may not import ${target.service}: they meet in gen`;
  if (place.layer === undefined || target.layer === undefined) return undefined;
  if (allowances[place.layer].layers.includes(target.layer)) return undefined;
  if (imported.typeOnly && place.layer !== "core" && ports.test(to)) return undefined;
  return `${place.layer} may not import ${target.layer}`;
}
