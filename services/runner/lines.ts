/** A line longer than this is shown in pieces. */
export const lineCharactersMax = 64 * 1024;

/** Gives each line of a stream of bytes, without its end, as soon as it is complete; the last also without one. */
export async function readLines(stream: AsyncIterable<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    for (; rest.length > lineCharactersMax; rest = rest.slice(lineCharactersMax)) {
      onLine(rest.slice(0, lineCharactersMax));
    }
  }
  rest += decoder.decode();
  if (rest !== "") onLine(rest);
}

const colours = [36, 32, 33, 35, 34, 31];

/** Puts a name before each line, aligned, in a colour of its own if wanted. */
export function makePrefixes(names: readonly string[], coloured: boolean): ReadonlyMap<string, string> {
  const width = Math.max(...names.map((name) => name.length));
  const prefix = (name: string, i: number): string => {
    const text = `${name.padEnd(width)} |`;
    return coloured ? `\x1b[${colours[i % colours.length]}m${text}\x1b[0m` : text;
  };
  return new Map(names.map((name, i) => [name, prefix(name, i)]));
}
