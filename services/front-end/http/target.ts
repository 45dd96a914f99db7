/** What of the REST interface a path names. */
export type Resource =
  | { readonly type: "product"; readonly name: string | undefined }
  | { readonly type: "orders" }
  /** `number` is the text where a number should be. */
  | { readonly type: "order"; readonly number: string }
  | { readonly type: "alive" | "ready" };

/** What a URL asks for. */
export interface Target {
  /** Undefined: there is nothing of that name. */
  readonly resource: Resource | undefined;
  /** As Bun gives it: percent-encoded, also what came as bytes beyond ASCII. */
  readonly query: string;
  /** Of path and query, with the question mark, as Bun gives them. */
  readonly length: number;
}

const remembered = { urlsMax: 16_384, urlCharactersMax: 256 };

/**
 * Reads URLs. Those of products and of purchases are remembered, for the same few
 * come again and again, and reading one costs a tenth of a reply.
 */
export class Targets {
  private readonly known = new Map<string, Target>();

  find(url: string): Target {
    const known = this.known.get(url);
    if (known !== undefined) return known;
    const target = readUrl(url);
    const type = target.resource?.type;
    const isWorthIt = (type === "product" || type === "orders") && target.query === "";
    if (isWorthIt && url.length <= remembered.urlCharactersMax) this.keep(url, target);
    return target;
  }

  private keep(url: string, target: Target): void {
    // Who asks for ever new names gets no more than this, and costs others little.
    if (this.known.size >= remembered.urlsMax) this.known.clear();
    this.known.set(url, target);
  }
}

/**
 * Bun gives the whole URL, or the path alone if the Host header is no use, and
 * normalises it: "." and ".." are taken out of the path, and what a URL may not
 * hold, bytes beyond ASCII among it, is percent-encoded. So characters are bytes,
 * but more or fewer of them than were sent, and no path leads to a product that
 * is named "." or "..". A slash at the path's end is tolerated.
 */
function readUrl(url: string): Target {
  const start = url.charCodeAt(0) === slash ? 0 : url.indexOf("/", "http://".length);
  const fragment = url.indexOf("#", start);
  const end = fragment < 0 ? url.length : fragment;
  const mark = url.indexOf("?", start);
  const pathEnd = mark < 0 || mark > end ? end : mark;
  const trimmed = pathEnd - 1 > start && url.charCodeAt(pathEnd - 1) === slash ? pathEnd - 1 : pathEnd;
  const resource = findResource(url.slice(start, trimmed));
  return { resource, query: url.slice(pathEnd + 1, end), length: end - start };
}

function findResource(path: string): Resource | undefined {
  if (path.startsWith(productPrefix)) return findProduct(path.slice(productPrefix.length));
  if (path === "/orders") return { type: "orders" };
  if (path.startsWith(orderPrefix)) return findOrder(path.slice(orderPrefix.length));
  // Without a name it is the product whose name is empty.
  if (path === "/products") return { type: "product", name: "" };
  if (path === "/healthz") return { type: "alive" };
  if (path === "/readyz") return { type: "ready" };
  return undefined;
}

function findProduct(segment: string): Resource | undefined {
  return segment.includes("/") ? undefined : { type: "product", name: decode(segment) };
}

function findOrder(segment: string): Resource | undefined {
  return segment.includes("/") ? undefined : { type: "order", number: decode(segment) ?? segment };
}

/** The first value of a parameter; a plus sign is a plus sign. Undefined: not there, or badly encoded. */
export function findParameter(query: string, name: string): string | undefined {
  for (const part of query.split("&")) {
    if (part === name) return "";
    if (part.startsWith(`${name}=`)) return decode(part.slice(name.length + 1));
  }
  return undefined;
}

/** Undefined: a percent sign without two hex digits, or bytes that are not UTF-8. */
function decode(text: string): string | undefined {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const slash = 47;
const productPrefix = "/products/";
const orderPrefix = "/orders/";
