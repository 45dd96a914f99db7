/** Whom a fault hits; roles are looked up when its time has come. */
export type FaultTarget = "leader" | "follower" | "catalog" | "front-end" | "order 1" | "order 2" | "order 3";

/** A signal to a process of the store, asked for on the command line. */
export interface Fault {
  /** As it was written. */
  readonly text: string;
  /** kill: SIGKILL. stop: SIGSTOP, and SIGCONT after `forMs`. */
  readonly action: "kill" | "stop";
  readonly target: FaultTarget;
  /** Since the measured time began. */
  readonly atMs: number;
  /** 0 for kill. */
  readonly forMs: number;
}

const pattern =
  /^(kill|stop):(leader|follower|catalog|front-end|order ?[123])@(\d+(?:\.\d+)?)(ms|s|m)(?:\+(\d+(?:\.\d+)?)(ms|s|m))?$/;

const faultSyntax =
  "accepted is kill:WHO@TIME or stop:WHO@TIME+LENGTH; WHO is leader, follower, catalog, front-end, order1, order2 or order3; " +
  "for example kill:leader@10s or stop:follower@20s+3s";

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** A fault, or what is wrong with the text. */
export function parseFault(text: string): Fault | { readonly problem: string } {
  const match = pattern.exec(text);
  if (match === null) return { problem: faultSyntax };
  const [, action, who = "", at = "", atUnit = "", length, lengthUnit = ""] = match;
  const atMs = Number(at) * (milliseconds[atUnit] ?? 0);
  const target = who.replace(/^order ?/, "order ") as FaultTarget;
  if (action === "kill") {
    if (length === undefined) return { text, action: "kill", target, atMs, forMs: 0 };
    return { problem: "what is killed stays so: leave out the +LENGTH, and run the store with --restart" };
  }
  if (length === undefined) return { problem: `a stop needs an end: write ${text}+3s` };
  return { text, action: "stop", target, atMs, forMs: Number(length) * (milliseconds[lengthUnit] ?? 0) };
}
