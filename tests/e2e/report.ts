/** A measurement for whoever reads the output; nothing is asserted about it. */
export function reportStall(event: string, longestMs: number): void {
  process.stdout.write(`longest purchase, ${event}: ${Math.round(longestMs)} ms\n`);
}
