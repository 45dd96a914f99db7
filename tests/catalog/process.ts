import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const main = join(import.meta.dir, "../../services/catalog/main.ts");

/** A port that nobody listens on at this moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/** A catalog as an operator runs it, in a folder of its own. */
export class CatalogProcess {
  private child: Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined;
  private lines: string[] = [];
  private waiting: (() => void)[] = [];

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly frontPort: number,
  ) {}

  static async make(): Promise<CatalogProcess> {
    const folder = await mkdtemp(join(tmpdir(), "catalog-"));
    return new CatalogProcess(folder, await freePort(), await freePort());
  }

  get file(): string {
    return join(this.folder, "catalog.csv");
  }

  start(env: Readonly<Record<string, string>> = {}): this {
    this.lines = [];
    const child = Bun.spawn([process.execPath, main], {
      env: {
        ...process.env,
        CATALOG_PORT: String(this.port),
        CATALOG_FILE: this.file,
        FRONT_PORT: String(this.frontPort),
        CHECKPOINT_INTERVAL: "50",
        LOG_FORMAT: "",
        ...env,
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.child = child;
    void this.read(child.stdout);
    return this;
  }

  /** Resolves when it has logged this event. */
  async logged(event: string): Promise<this> {
    while (!this.lines.some((line) => line.includes(`"msg":"${event}"`))) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
      if (this.child?.exitCode !== null) throw new Error(`it ended before ${event}: ${this.lines.join("\n")}`);
    }
    return this;
  }

  /** Its exit status, and what it said on standard error. */
  async ended(): Promise<{ status: number; said: string }> {
    if (this.child === undefined) throw new Error("not started");
    const said = await new Response(this.child.stderr).text();
    return { status: await this.child.exited, said };
  }

  async signal(signal: "SIGKILL" | "SIGTERM" | "SIGINT"): Promise<number> {
    this.child?.kill(signal);
    return (await this.child?.exited) ?? -1;
  }

  /** Leaves nothing behind. */
  async remove(): Promise<void> {
    await this.signal("SIGKILL");
    await rm(this.folder, { recursive: true });
  }

  private async read(output: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of output) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
      this.wake();
    }
    await this.child?.exited;
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
