import { readFileSync } from "node:fs";
import { z } from "zod";

/** The processes of a store that `bun run services` started, as its file in the data folder says. */
export interface StoreProcesses {
  /** http://HOST:PORT of the front-end. */
  readonly url: string;
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
}

const schema = z.object({
  toystoreProcesses: z.literal(1),
  url: z.string(),
  processes: z.array(z.object({ name: z.string(), pid: z.number().int().min(2) })),
});

/** Read anew for each fault: a process that was started again has another pid. */
export function readProcesses(path: string): StoreProcesses | { readonly problem: string } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return {
      problem: `${path} cannot be read (${(error as Error).message}): is the store run by \`bun run services\`?`,
    };
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return { problem: `${path} is not the file that \`bun run services\` writes` };
  }
}

/** Whether the process still is what the file says: a pid may long be someone else's. */
export function isService(pid: number, name: string): boolean {
  const service = name.replace(/ \d$/, "");
  let commandLine: string;
  try {
    commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch (error) {
    // A system without /proc cannot tell; where there is one, the process is gone.
    return (error as NodeJS.ErrnoException).code === "ENOENT" && !isLinux();
  }
  return commandLine.includes(`services/${service}/main.ts`);
}

function isLinux(): boolean {
  return process.platform === "linux";
}
