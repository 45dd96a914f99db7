import { systemClock } from "../lib/clock.ts";
import { listenForInterrupts } from "../lib/interrupts.ts";
import { systemRandom } from "../lib/random.ts";
import { parseArguments } from "./arguments.ts";
import { runLoad } from "./load.ts";
import { exitStatus, formatHead, formatReport } from "./report.ts";
import { readToys } from "./toys.ts";

const usageStatus = 1;

async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2));
  if (parsed.type === "help") {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.type === "usage") {
    process.stderr.write(`${parsed.message}\n`);
    return usageStatus;
  }
  const toys = readToys(parsed.arguments.catalogFile);
  if ("problem" in toys) {
    process.stderr.write(`error: ${toys.problem}\n`);
    return usageStatus;
  }
  process.stdout.write(formatHead(parsed.arguments, toys));
  const result = await runLoad(parsed.arguments, toys.names, {
    clock: systemClock,
    random: systemRandom,
    pause: (ms) => Bun.sleep(ms),
    makeKey: () => crypto.randomUUID(),
    interrupted: listenForInterrupt(),
  });
  process.stdout.write(formatReport(parsed.arguments, result));
  return exitStatus(parsed.arguments, result);
}

/** The first Ctrl-C ends the run with its report, the second at once. */
function listenForInterrupt(): () => boolean {
  let interrupted = false;
  listenForInterrupts((count) => {
    if (count > 1) process.exit(130);
    interrupted = true;
  });
  return () => interrupted;
}

process.exitCode = await main();
// A connection attempt or a signal handler must not keep a finished run alive.
process.exit();
