import type { Dice } from "../../sim/kernel/dice.ts";
import type { FaultStore } from "../store/fault-store.ts";
import { awaitUnity } from "../store/standing.ts";
import { type Fault, noCost, type Scene } from "./fault.ts";
import { sendTooMuch } from "./oversized.ts";
import { RawConnection } from "./raw-connection.ts";

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** The header of an HTTP/2 frame, with as many bytes of it as there are. */
function frame(type: number, flags: number, stream: number, announced: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(announced, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function noise(dice: Dice, bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, () => dice.int(0, 255)));
}

const settings = frame(4, 0, 0, 0, Buffer.alloc(0));

/** What no peer of ours would send. */
const garbage: readonly ((dice: Dice) => Uint8Array)[] = [
  (dice) => noise(dice, dice.int(1, 2_000)),
  () => Buffer.from("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
  () => preface.subarray(0, 11),
  (dice) => Buffer.concat([preface, noise(dice, 300)]),
  // A frame that ends before it should, and one that announces more than any server takes.
  () => Buffer.concat([preface, settings, frame(0, 0, 1, 1_000, Buffer.alloc(10))]),
  () => Buffer.concat([preface, settings, frame(1, 4, 1, 0xffffff, Buffer.alloc(100))]),
  // Headers that no table explains, data and a window for a stream that was never opened.
  (dice) => Buffer.concat([preface, settings, frame(1, 5, 1, 64, noise(dice, 64))]),
  () => Buffer.concat([preface, settings, frame(0, 1, 7, 4, Buffer.alloc(4))]),
  () => Buffer.concat([preface, settings, frame(8, 0, 9, 4, Buffer.from([0, 0, 0, 0]))]),
  // Continuation frames without an end (the flood of 2024), pings by the hundred.
  () => Buffer.concat([preface, settings, frame(1, 0, 1, 1, Buffer.from([0x82])), ...continuations]),
  () => Buffer.concat([preface, settings, ...Array.from({ length: 500 }, () => frame(6, 0, 0, 8, Buffer.alloc(8)))]),
];

const continuations = Array.from({ length: 200 }, () => frame(9, 0, 1, 64, Buffer.alloc(64, 0x82)));

/** Throws if a process is not the one that it was. */
async function samePeople(store: FaultStore, act: () => Promise<void>): Promise<void> {
  const before = store.processes.map(({ pid }) => pid);
  await act();
  const gone = store.processes.filter((process, at) => !process.isRunning || process.pid !== before[at]);
  if (gone.length > 0) throw new Error(`${gone.map(({ name }) => name).join(", ")} ended\n${store.describe()}`);
}

async function sendGarbage({ store, load, dice }: Scene): Promise<void> {
  for (const { name, port } of store.rpcPorts) {
    const connections = await Promise.all(garbage.map(() => RawConnection.open(store.hostOf(name), port)));
    garbage.forEach((make, at) => connections[at]?.send(make(dice)));
    // Some are left in the middle of it, some wait for what comes back.
    for (const connection of connections.slice(0, 5)) connection.terminate();
    await load.progress(1);
    for (const connection of connections) connection.terminate();
  }
}

export const wireFaults: readonly Fault[] = [
  {
    name: "garbage and truncated frames on every RPC port",
    victim: "everyone",
    brief: true,
    cost: noCost,
    async act(scene) {
      await samePeople(scene.store, () => sendGarbage(scene));
      await awaitUnity(scene.store);
    },
  },
  {
    name: "oversized messages to every method of every RPC port",
    victim: "everyone",
    brief: true,
    cost: noCost,
    async act(scene) {
      await samePeople(scene.store, () => sendTooMuch(scene));
      await awaitUnity(scene.store);
    },
  },
];
