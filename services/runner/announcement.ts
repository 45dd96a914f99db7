import type { Component } from "./components.ts";
import type { RunnerConfig } from "./config.ts";

/** What an operator needs to know once the store is open. */
export function announce(
  config: RunnerConfig,
  running: readonly { readonly component: Component; readonly pid: number }[],
): string {
  const buy = `curl -s ${config.url}/orders -H 'Content-Type: application/json' -d '{"name":"Tux","quantity":1}'`;
  const pids = running.map(({ component, pid }) => `${component.name} pid ${pid}`);
  const files = [config.catalogFile, ...config.orderLogFiles].join(", ");
  return `
Toystore is open at ${config.url}

  look     curl -s ${config.url}/products/Tux
  buy      ${buy}
  data     ${files}
  running  ${pids.join(", ")}
  stop     Ctrl-C
\n`;
}
