import { InvalidArgumentError } from "commander";
import { type Fault, parseFault } from "../faults/fault.ts";
import type { Address, ProductChoice, Workload } from "../load/plan.ts";
import { parseAddress } from "../proof/asking.ts";
import { parseThreshold, type Threshold, thresholdSyntax } from "../report/thresholds.ts";

/** Parsers of single values. Each returns the value or throws commander's error, which says what is accepted. */

export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Accepted is a whole number from ${low} to ${high}.`);
  };
}

export function decimal(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = toDecimal(text);
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Accepted is a number from ${low} to ${high}.`);
  };
}

function toDecimal(text: string): number {
  return /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, "": 1000, m: 60_000, h: 3_600_000 };

/** A length of time in milliseconds; a number without a unit means seconds. */
export function duration(lowMs: number, highMs: number): (text: string) => number {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text);
    const ms = Number(match?.[1]) * (unitsMs[match?.[2] ?? ""] ?? Number.NaN);
    if (ms >= lowMs && ms <= highMs) return ms;
    const range = `from ${lowMs / 1000} s to ${highMs / 1000} s`;
    throw new InvalidArgumentError(`Accepted is a time such as 30s, 500ms or 2m, ${range}.`);
  };
}

export function host(text: string): string {
  if (/^[A-Za-z0-9._:[\]-]{1,253}$/.test(text)) return text.replace(/^\[(.*)\]$/, "$1");
  throw new InvalidArgumentError("Accepted is a host name or an IP address.");
}

/** For options that may be repeated. */
export function address(text: string, before: readonly Address[] = []): Address[] {
  const parsed = parseAddress(text.replace(/^http:\/\//, "").replace(/\/$/, ""));
  if (parsed === undefined) throw new InvalidArgumentError("Accepted is HOST:PORT, for example 127.0.0.1:1110.");
  return [...before, parsed];
}

const mixNames = ["read", "buy", "check"] as const;

export function mix(text: string): Workload & { type: "mix" } {
  const weights: Record<(typeof mixNames)[number], number> = { read: 0, buy: 0, check: 0 };
  for (const part of text.split(",")) {
    const [name, value = ""] = part.split("=");
    const known = mixNames.find((at) => at === name);
    const weight = toDecimal(value);
    if (known === undefined || Number.isNaN(weight)) throw new InvalidArgumentError(mixSyntax);
    weights[known] = weight;
  }
  if (weights.read + weights.buy + weights.check <= 0) throw new InvalidArgumentError(mixSyntax);
  return { type: "mix", ...weights };
}

const mixSyntax = "Accepted are weights of read, buy and check, for example read=90,buy=10.";

export function products(text: string): ProductChoice {
  if (text === "uniform") return { type: "uniform" };
  const [kind, value = ""] = text.split(/:(.*)/s);
  if (kind === "hot" && value !== "") return { type: "hot", name: value };
  const exponent = toDecimal(value);
  if (kind === "zipf" && exponent > 0 && exponent <= 10) return { type: "zipf", exponent };
  throw new InvalidArgumentError("Accepted is uniform, zipf:EXPONENT (above 0, up to 10) or hot:NAME.");
}

/** One quantity or a range, both ends included. */
export function quantity(text: string): { low: number; high: number } {
  const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text);
  const low = Number(match?.[1]);
  const high = Number(match?.[2] ?? match?.[1]);
  if (low >= 1 && low <= high && high <= 2 ** 31 - 1) return { low, high };
  throw new InvalidArgumentError("Accepted is a whole number from 1 to 2147483647, or a range such as 1-5.");
}

export function fault(text: string, before: readonly Fault[] = []): Fault[] {
  const parsed = parseFault(text);
  if ("problem" in parsed) throw new InvalidArgumentError(`${parsed.problem}.`);
  return [...before, parsed];
}

export function threshold(text: string, before: readonly Threshold[] = []): Threshold[] {
  const parsed = parseThreshold(text);
  if (parsed === undefined) throw new InvalidArgumentError(`${thresholdSyntax}.`);
  return [...before, parsed];
}

/** Chances, separated by commas. */
export function chances(text: string): number[] {
  return text.split(",").map(decimal(0, 1));
}
