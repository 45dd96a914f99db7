import { provide } from "../peers/needs.ts";
import { clientGenerator } from "./client.ts";
import type { Generator } from "./load.ts";
import { wrkGenerator } from "./wrk.ts";

/** wrk where it is or can be installed, unless our own client is asked for; otherwise that, loudly. */
export async function chooseGenerator(
  folder: string,
  wanted: "wrk" | "client",
  say: (line: string) => void,
): Promise<Generator> {
  if (wanted === "client") return clientGenerator(folder);
  const problem = await provide([{ program: "wrk", debianPackage: "wrk" }], folder);
  if (problem === undefined) return wrkGenerator(folder);
  say(`WARNING: ${problem}: the load comes from bin/client`);
  return clientGenerator(folder);
}
