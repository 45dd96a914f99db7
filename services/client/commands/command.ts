import type { NotParsed } from "../arguments/parse.ts";

const usageStatus = 1;

/** Shows help or what is wrong, and returns the exit status. */
export function tell(notParsed: NotParsed): number {
  if (notParsed.type === "help") {
    process.stdout.write(notParsed.text);
    return 0;
  }
  return refuse(notParsed.message);
}

export function refuse(message: string): number {
  process.stderr.write(`${message}\n`);
  return usageStatus;
}
