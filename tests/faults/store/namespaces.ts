import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Home } from "./fault-store.ts";
import { run } from "./isolation.ts";

const hub = "toys-hub";
const root = join(import.meta.dir, "../../..");
const insideFile = relative(root, fileURLToPath(import.meta.resolve("./inside.ts")));

/**
 * A network for each process, all joined by a bridge in the network of this one,
 * which must be its own (see isolation.ts). A link that is down loses everything
 * and tells nobody: no reset, no end of a connection.
 */
export class Namespaces {
  private readonly numbers = new Map<string, number>();

  constructor() {
    run("ip", "link", "add", hub, "type", "bridge");
    run("ip", "address", "add", "10.78.0.1/24", "dev", hub);
    run("ip", "link", "set", hub, "up");
  }

  /** Where a process lives; its network is made when it is first asked for. */
  home(name: string): Home {
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.numbers.size + 2;
      this.numbers.set(name, number);
      this.make(number);
    }
    return {
      host: `10.78.0.${number}`,
      launcher: { file: insideFile, arguments: [`/run/netns/${namespace(number)}`] },
    };
  }

  /** Takes the cable out, or puts it back. */
  setLink(name: string, state: "down" | "up"): void {
    const number = this.numbers.get(name);
    if (number === undefined) throw new Error(`${name} has no network of its own`);
    run("ip", "link", "set", cable(number), state);
  }

  private make(number: number): void {
    run("ip", "netns", "add", namespace(number));
    run("ip", "link", "add", cable(number), "type", "veth", "peer", "name", "eth0", "netns", namespace(number));
    run("ip", "link", "set", cable(number), "master", hub, "up");
    const inside = ["ip", "-n", namespace(number)];
    run(...inside, "address", "add", `10.78.0.${number}/24`, "dev", "eth0");
    run(...inside, "link", "set", "eth0", "up");
    run(...inside, "link", "set", "lo", "up");
  }
}

function namespace(number: number): string {
  return `toys-${number}`;
}

function cable(number: number): string {
  return `toys-cable-${number}`;
}
