import { join } from "node:path";

const program = join(import.meta.dir, "../../services/client/main.ts");

export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly problem: string;
}

/** bin/client as a process. */
export function startClient(...words: string[]) {
  return Bun.spawn([process.execPath, program, ...words], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
}

export async function runClient(...words: string[]): Promise<Ended> {
  const child = startClient(...words);
  const [out, problem] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, out, problem };
}
