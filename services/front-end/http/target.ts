/** What of the REST interface a path names. */
export type Resource =
  | { readonly type: "product"; readonly name: string | undefined }
  | { readonly type: "orders" }
  /** `number` is the text where a number should be. */
  | { readonly type: "order"; readonly number: string }
  | { readonly type: "alive" | "ready" };

/** A request's path, without a slash at its end, and its query; both as sent, percent signs and all. */
export interface Target {
  readonly path: string;
  readonly query: string;
  /** Of both together, with the question mark. */
  readonly length: number;
}

/**
 * Bun gives the whole URL, or the path alone if the Host header is no use. Bytes
 * beyond ASCII come percent-encoded, so characters are bytes.
 */
export function splitUrl(url: string): Target {
  const start = url.charCodeAt(0) === slash ? 0 : url.indexOf("/", "http://".length);
  const fragment = url.indexOf("#", start);
  const end = fragment < 0 ? url.length : fragment;
  const mark = url.indexOf("?", start);
  const pathEnd = mark < 0 || mark > end ? end : mark;
  const trimmed = pathEnd - 1 > start && url.charCodeAt(pathEnd - 1) === slash ? pathEnd - 1 : pathEnd;
  return { path: url.slice(start, trimmed), query: url.slice(pathEnd + 1, end), length: end - start };
}

/** Undefined: there is nothing of that name. */
export function findResource(path: string): Resource | undefined {
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
