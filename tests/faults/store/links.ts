import { TcpProxy } from "./tcp-proxy.ts";

/** What is lost between two processes: from the first to the second, from the second to the first, or both. */
export type Lost = "there" | "back" | "both";

/** A proxy between a process and a port of another. */
interface Link {
  readonly dialer: string;
  readonly listener: string;
  readonly proxy: TcpProxy;
}

/** The network between the processes of a store: a proxy for each way that one dials another. */
export class Links implements AsyncDisposable {
  private readonly links: Link[] = [];

  /** A port that leads from `dialer` to a port of `listener`. Processes go by their names. */
  async between(dialer: string, listener: string, port: number): Promise<number> {
    const proxy = await TcpProxy.to(port);
    this.links.push({ dialer, listener, proxy });
    return proxy.port;
  }

  /** What one says does not reach the other, whoever of the two has dialled. */
  lose(one: string, other: string, lost: Lost): void {
    for (const { dialer, listener, proxy } of this.links) {
      const isForward = dialer === one && listener === other;
      if (!isForward && !(dialer === other && listener === one)) continue;
      if (lost === "both" || (lost === "there") === isForward) proxy.lose("there");
      if (lost === "both" || (lost === "there") !== isForward) proxy.lose("back");
    }
  }

  /** As `lose`, for the connections alone that the first has dialled. */
  loseDialled(dialer: string, listener: string, lost: Lost): void {
    for (const link of this.links) {
      if (link.dialer !== dialer || link.listener !== listener) continue;
      for (const direction of lost === "both" ? (["there", "back"] as const) : [lost]) link.proxy.lose(direction);
    }
  }

  /** What this process says, or hears, or both, is lost, whoever it talks to. */
  isolate(name: string, lost: Lost = "both"): void {
    const others = new Set(this.links.flatMap(({ dialer, listener }) => [dialer, listener]));
    for (const other of others) if (other !== name) this.lose(name, other, lost);
  }

  /** Breaks the connections between two processes, and every new one. */
  cut(one: string, other: string): void {
    for (const { dialer, listener, proxy } of this.links) {
      if ((dialer === one && listener === other) || (dialer === other && listener === one)) proxy.cut();
    }
  }

  /** All ways are there again. */
  heal(): void {
    for (const { proxy } of this.links) proxy.heal();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.links.map(({ proxy }) => proxy[Symbol.asyncDispose]()));
  }
}
