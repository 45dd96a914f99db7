import { existsSync } from "node:fs";
import { runCommand } from "./command.ts";
import { type Outcome, pass } from "./step.ts";

const browser = "/usr/bin/chromium";
const limitMs = 4 * 60_000;

const commands = [
  ["apt-get", "update"],
  ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"],
];

/** A Debian machine gets the browser that the client's report is opened in; elsewhere its test says that it is skipped. */
export async function provideBrowser(cwd: string): Promise<Outcome> {
  if (existsSync(browser)) return pass();
  if (process.getuid?.() !== 0 || Bun.which("apt-get") === null) return skipped("no right to install it");
  for (const argv of commands) {
    const { status } = await runCommand(argv, { cwd, limitMs, env: { DEBIAN_FRONTEND: "noninteractive" } });
    if (status !== 0) return skipped(`${argv.join(" ")} failed`);
  }
  return existsSync(browser) ? pass("installed") : skipped("the package brings another path");
}

function skipped(reason: string): Outcome {
  return { passed: 0, failed: 0, skipped: 1, note: `SKIPPED: ${browser} is missing: ${reason}`, details: "" };
}
