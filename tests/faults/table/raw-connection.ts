import type { Socket } from "bun";

/** A connection on which anything is sent, and read only if wanted. */
export class RawConnection {
  receivedBytes = 0;
  isClosed = false;
  /** The beginning of what came, as text. */
  start = "";
  private unsent: Uint8Array = new Uint8Array(0);
  private socket: Socket | undefined;
  private readonly closing = Promise.withResolvers<void>();

  /** Resolves when connected; rejects if nobody listens. */
  static async open(host: string, port: number): Promise<RawConnection> {
    const connection = new RawConnection();
    const close = (): void => connection.close();
    connection.socket = await Bun.connect({
      hostname: host,
      port,
      socket: {
        data: (_, bytes) => connection.take(bytes),
        drain: () => connection.flush(),
        close,
        error: close,
        end: close,
      },
    });
    return connection;
  }

  /** Resolves when the other side has closed it. */
  get closed(): Promise<void> {
    return this.closing.promise;
  }

  /** Everything is handed to the system as soon as it takes it. */
  send(bytes: Uint8Array | string): void {
    const more = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    this.unsent = this.unsent.length === 0 ? more : Buffer.concat([this.unsent, more]);
    this.flush();
  }

  /** Reads nothing from now on: what comes fills the buffers of both systems. */
  stopReading(): void {
    this.socket?.pause();
  }

  terminate(): void {
    this.socket?.terminate();
    this.close();
  }

  private flush(): void {
    if (this.isClosed || this.socket === undefined || this.unsent.length === 0) return;
    this.unsent = this.unsent.subarray(Math.max(0, this.socket.write(this.unsent)));
  }

  private take(bytes: Uint8Array): void {
    this.receivedBytes += bytes.length;
    if (this.start.length < 1_000) this.start += Buffer.from(bytes).toString("latin1");
  }

  private close(): void {
    this.isClosed = true;
    this.closing.resolve();
  }
}
