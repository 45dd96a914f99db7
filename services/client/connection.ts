import type { Socket } from "bun";
import { addressOf } from "../lib/address.ts";
import { assert } from "../lib/assert.ts";
import type { Clock } from "../lib/clock.ts";
import { type HttpReply, parseReply } from "./http-reply.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** JSON text; only with POST. */
  readonly body?: string;
  readonly idempotencyKey?: string;
}

/** Why no reply came. Unless it is "unreachable", the request may have been executed. */
export interface Failure {
  readonly failure: "unreachable" | "connection lost" | "timed out" | "malformed reply";
}

/** One shopper's keep-alive connection: one request at a time. */
export interface Connection {
  send(request: HttpRequest): Promise<HttpReply | Failure>;
  /** Gives up the request under way if it has waited too long; called every now and then. */
  expire(): void;
  close(): void;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  /** How long one request may wait for its reply. */
  readonly timeoutMs: number;
  /** False: each request has a connection of its own. */
  readonly keepAlive?: boolean;
}

interface Pending {
  readonly deadlineMs: number;
  readonly resolve: (result: HttpReply | Failure) => void;
}

const nothing: Buffer = Buffer.alloc(0);

/**
 * HTTP/1.1 by hand rather than by fetch: every session has exactly one
 * connection, a lost one is told apart from a refused one, nothing is repeated
 * or queued behind our back, and no limit of simultaneous requests colours the
 * latencies. It connects when needed and again after a loss.
 */
export class TcpConnection implements Connection {
  private socket: Socket | undefined;
  private pending: Pending | undefined;
  private received: Buffer = nothing;
  /** What the socket has not taken yet. */
  private unsent: Buffer = nothing;
  /** The headers that every request has. */
  private readonly commonHeaders: string;

  constructor(
    private readonly target: Target,
    private readonly clock: Clock,
  ) {
    const host = addressOf(target.host, target.port);
    this.commonHeaders = `Host: ${host}\r\n${target.keepAlive === false ? "Connection: close\r\n" : ""}`;
  }

  send(request: HttpRequest): Promise<HttpReply | Failure> {
    assert(this.pending === undefined, "a connection carries one request at a time");
    const deadlineMs = this.clock.now() + this.target.timeoutMs;
    return new Promise((resolve) => {
      const pending = { deadlineMs, resolve };
      this.pending = pending;
      const text = this.encode(request);
      if (this.socket === undefined) this.connect(pending, text);
      else this.write(this.socket, text);
    });
  }

  expire(): void {
    if (this.pending !== undefined && this.clock.now() >= this.pending.deadlineMs) this.drop("timed out");
  }

  close(): void {
    this.drop("connection lost");
  }

  /** Opens a socket for the request `pending` and sends `text`, or finishes it as unreachable. */
  private connect(pending: Pending, text: string): void {
    const connected = Bun.connect({
      hostname: this.target.host,
      port: this.target.port,
      socket: {
        open: (socket) => this.open(socket, pending, text),
        data: (socket, received) => this.receive(socket, received),
        drain: (socket) => this.flush(socket),
        close: (socket) => this.lose(socket),
        error: (socket) => this.lose(socket),
      },
    });
    connected.catch(() => {
      if (this.pending === pending) this.finish({ failure: "unreachable" });
    });
  }

  private open(socket: Socket, pending: Pending, text: string): void {
    // The request may have been given up while the connection was being made.
    if (this.pending !== pending) {
      socket.terminate();
      return;
    }
    this.socket = socket;
    this.write(socket, text);
  }

  private encode(request: HttpRequest): string {
    const key = request.idempotencyKey === undefined ? "" : `Idempotency-Key: ${request.idempotencyKey}\r\n`;
    const head = `${request.method} ${request.path} HTTP/1.1\r\n${this.commonHeaders}${key}`;
    if (request.body === undefined) return `${head}\r\n`;
    const length = Buffer.byteLength(request.body);
    return `${head}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${request.body}`;
  }

  /** As a string, because nearly always the socket takes all of it and no buffer is needed. */
  private write(socket: Socket, text: string): void {
    const taken = Math.max(0, socket.write(text));
    if (taken >= text.length && taken === Buffer.byteLength(text)) return;
    this.unsent = Buffer.from(text).subarray(taken);
  }

  private flush(socket: Socket): void {
    if (socket !== this.socket || this.unsent.length === 0) return;
    const taken = socket.write(this.unsent);
    // A negative count means that the socket is closed; its close event follows.
    this.unsent = this.unsent.subarray(Math.max(0, taken));
  }

  private receive(socket: Socket, bytes: Buffer): void {
    if (socket !== this.socket) return;
    this.received = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
    const progress = parseReply(this.received);
    if (progress.type === "incomplete") {
      // The bytes of an event are only ours until it returns.
      if (this.received === bytes) this.received = Buffer.from(bytes);
      return;
    }
    // A server that answers what was not asked is out of step: nothing it says can be matched.
    if (progress.type === "malformed" || this.pending === undefined || progress.usedBytes < this.received.length) {
      this.drop("malformed reply");
      return;
    }
    this.received = nothing;
    if (!progress.keepAlive || this.target.keepAlive === false) this.forget();
    this.finish(progress.reply);
  }

  private lose(socket: Socket): void {
    if (socket === this.socket) this.drop("connection lost");
  }

  /** Leaves the connection; the request under way, if any, ends with `failure`. */
  private drop(failure: Failure["failure"]): void {
    this.forget();
    this.finish({ failure });
  }

  private forget(): void {
    const socket = this.socket;
    this.socket = undefined;
    this.received = nothing;
    this.unsent = nothing;
    socket?.terminate();
  }

  private finish(result: HttpReply | Failure): void {
    const pending = this.pending;
    this.pending = undefined;
    pending?.resolve(result);
  }
}
