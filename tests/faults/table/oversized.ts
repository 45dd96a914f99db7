import { connect } from "node:http2";
import {
  create,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  type DescService,
} from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { CatalogService } from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import { FrontService } from "../../../gen/toystore/front/v1/front_pb.ts";
import { OrderService } from "../../../gen/toystore/order/v1/order_pb.ts";
import { RecoveryService } from "../../../gen/toystore/recovery/v1/recovery_pb.ts";
import type { FaultStore } from "../store/fault-store.ts";
import { type Scene, someSales } from "./fault.ts";

const mebibyte = 1024 * 1024;
/** More than any message may have (16 MiB). */
const tooMuchBytes = 17 * mebibyte;
/** Of a message of which only the beginning ever comes. */
const announcedBytes = 2048 * mebibyte;
/** What a process may take in the meantime for its own work. */
const growthBytesMax = 512 * mebibyte;
const answerMs = 10_000;

/** Every method of every RPC port gets a message that is too large, and one that only says so. */
export async function sendTooMuch({ store, load }: Scene): Promise<void> {
  const before = await memoryOf(store);
  for (const { name, port } of store.rpcPorts) {
    const baseUrl = `http://${store.hostOf(name)}:${port}`;
    const transport = createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true });
    for (const method of serviceOf(store, name, port).methods) {
      const what = `${name}: ${method.parent.name}.${method.name}`;
      await expectRefusal(`${what} with 17 MiB`, method, transport);
      await expectEnd(`${what} with 2 GiB announced`, baseUrl, method);
    }
    await load.progress(1);
  }
  await load.progress(someSales);
  for (const [name, bytes] of await memoryOf(store)) {
    const grown = bytes - (before.get(name) ?? 0);
    if (grown > growthBytesMax) throw new Error(`${name} has grown by ${Math.round(grown / mebibyte)} MiB`);
  }
}

function serviceOf(store: FaultStore, name: string, port: number): DescService {
  if (name === "catalog") return CatalogService;
  if (name.startsWith("front-end")) return FrontService;
  return store.orderPorts.includes(port) ? OrderService : RecoveryService;
}

/** As a caller sees it: the call ends, without an answer to the message and without waiting for the deadline. */
async function expectRefusal(what: string, method: DescMethod, transport: Transport): Promise<void> {
  const message = create(method.input);
  // A field that nobody knows: it fits every type.
  message.$unknown = [{ no: 1000, wireType: WireType.LengthDelimited, data: lengthDelimited(tooMuchBytes) }];
  try {
    if (method.methodKind !== "unary") {
      const answers = await transport.stream(
        method as DescMethodStreaming,
        undefined,
        answerMs,
        undefined,
        once(message),
      );
      // Signs of life may come; what counts is that the stream ends.
      await Array.fromAsync(answers.message);
      return;
    }
    await transport.unary(method as DescMethodUnary, undefined, answerMs, undefined, message);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    // The server may have closed the stream before all was sent.
    const { code } = error;
    if ([Code.ResourceExhausted, Code.Canceled, Code.Internal, Code.Aborted, Code.Unavailable].includes(code)) return;
    throw new Error(`${what}: ${Code[code]}`, { cause: error });
  }
  throw new Error(`${what} was taken`);
}

async function* once<Message>(message: Message): AsyncGenerator<Message> {
  yield message;
  // The caller has more to say: only the server can end this.
  await Promise.withResolvers<never>().promise;
}

/** The field's bytes with their length before them, as the wire has it. */
function lengthDelimited(bytes: number): Uint8Array {
  const length: number[] = [];
  for (let rest = bytes; rest > 0; rest >>>= 7) length.push((rest & 127) | (rest > 127 ? 128 : 0));
  return Buffer.concat([Buffer.from(length), Buffer.alloc(bytes)]);
}

/** The head of a message that never comes in full; the server must not wait for it. */
async function expectEnd(what: string, baseUrl: string, method: DescMethod): Promise<void> {
  const head = Buffer.alloc(1000);
  head.writeUInt32BE(announcedBytes, 1);
  const connection = connect(baseUrl);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  connection.on("error", () => resolve());
  const request = connection.request({
    ":method": "POST",
    ":path": `/${method.parent.typeName}/${method.name}`,
    "content-type": method.methodKind === "unary" ? "application/grpc+proto" : "application/connect+proto",
    te: "trailers",
  });
  const timer = setTimeout(() => reject(new Error(`${what} is waited for`)), answerMs);
  for (const end of ["end", "close", "error"]) request.on(end, () => resolve());
  request.resume();
  request.write(head);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    connection.destroy();
  }
}

/** What each process has in memory, in bytes. */
async function memoryOf(store: FaultStore): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const { name, pid } of store.processes) {
    const status = await Bun.file(`/proc/${pid}/status`).text();
    sizes.set(name, Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024);
  }
  return sizes;
}
