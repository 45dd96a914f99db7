import { fileURLToPath } from "node:url";

const program = fileURLToPath(import.meta.resolve("./bare-server.ts"));

/** A bare server in a process of its own. */
export interface BareServer extends AsyncDisposable {
  readonly port: number;
}

/** `delayMs` before each reply; one pause of a second, `pauseAtMs` after the first look (0: none). */
export async function startBareServer(delayMs: number, pauseAtMs: number): Promise<BareServer> {
  const child = Bun.spawn([process.execPath, program, `${delayMs}`, `${pauseAtMs}`], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const port = Number(new TextDecoder().decode(value).trim());
  if (!(port > 0)) throw new Error("the bare server did not start");
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await child.exited;
  };
  return { port, [Symbol.asyncDispose]: stop };
}
