/** What a server sent on one connection, as bytes decoded one by one (latin1). */
export interface RawReply {
  readonly text: string;
  /** Undefined if the server closed without a status line. */
  readonly status: number | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The server closed the connection; false: it stayed open and became quiet. */
  readonly closed: boolean;
}

export interface RawOptions {
  /** How long nothing may come before the reply is taken as it is, in ms. */
  readonly quietMs?: number;
}

/**
 * Sends bytes as they are, so that a request may be as wrong as a test needs it,
 * and gathers what comes back: until the reply is complete by its
 * Content-Length, the server closes, or nothing has come for `quietMs` (3,000).
 */
export async function sendRaw(port: number, bytes: string | Uint8Array, options: RawOptions = {}): Promise<RawReply> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const quietMs = options.quietMs ?? 3_000;
  let text = "";
  let timer = setTimeout(() => resolve(false), quietMs);
  let unsent = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : Buffer.from(bytes);
  const flush = (socket: { write(bytes: Uint8Array): number }): void => {
    unsent = unsent.subarray(Math.max(0, socket.write(unsent)));
  };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: flush,
      drain: flush,
      data(_, received) {
        text += received.toString("latin1");
        clearTimeout(timer);
        timer = setTimeout(() => resolve(false), quietMs);
        if (isComplete(text)) resolve(false);
      },
      close: () => resolve(true),
      error: () => resolve(true),
    },
  });
  const closed = await promise;
  clearTimeout(timer);
  socket.terminate();
  return { ...parse(text), text, closed };
}

/** A request as text, with the given lines as its header; "Host" is added unless given. */
export function rawRequest(requestLine: string, headers: readonly string[] = [], body = ""): string {
  const host = headers.some((line) => /^host:/i.test(line)) ? [] : ["Host: 127.0.0.1"];
  return `${[requestLine, ...host, ...headers].join("\r\n")}\r\n\r\n${body}`;
}

function parse(text: string): Pick<RawReply, "status" | "headers" | "body"> {
  const headEnd = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = (headEnd < 0 ? text : text.slice(0, headEnd)).split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1];
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = headEnd < 0 ? "" : text.slice(headEnd + 4);
  return { status: status === undefined ? undefined : Number(status), headers, body };
}

function isComplete(text: string): boolean {
  const { headers, body } = parse(text);
  const length = headers["content-length"];
  return length !== undefined && text.includes("\r\n\r\n") && body.length >= Number(length);
}
