import { expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { eventually } from "../e2e/eventually.ts";
import { Links } from "./store/links.ts";
import { TcpProxy } from "./store/tcp-proxy.ts";

/** A server that keeps what it hears and greets, and a client that does the same. */
class Conversation implements AsyncDisposable {
  heard = "";
  answered = "";
  closed = false;
  private readonly sockets: Socket[] = [];
  private readonly server = createServer((socket) => {
    this.sockets.push(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      this.heard += bytes.toString();
      socket.write(`re: ${bytes.toString()}.`);
    });
  });

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => void this.server.listen(0, "127.0.0.1", resolve));
    const address = this.server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  dial(port: number): Socket {
    const socket = connect(port, "127.0.0.1");
    this.sockets.push(socket);
    socket.on("data", (bytes) => (this.answered += bytes.toString()));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => (this.closed = true));
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
  }
}

function when(what: string, condition: () => boolean): Promise<void> {
  return eventually(what, () => (condition() ? undefined : "not yet"));
}

test("a way that is lost in one direction holds back that direction alone, and delivers late", async () => {
  await using talk = new Conversation();
  await using proxy = await TcpProxy.to(await talk.listen());
  const socket = talk.dial(proxy.port);
  socket.write("one");
  await when("an answer", () => talk.answered === "re: one.");
  proxy.lose("back");
  socket.write("two");
  await when("the question arrives", () => talk.heard === "onetwo");
  expect(talk.answered).toBe("re: one.");
  proxy.heal();
  await when("the answer arrives late", () => talk.answered === "re: one.re: two.");
});

test("no connection is made while a direction is lost", async () => {
  await using talk = new Conversation();
  await using proxy = await TcpProxy.to(await talk.listen());
  proxy.lose("back");
  talk.dial(proxy.port).write("early");
  await Bun.sleep(50);
  expect(talk.heard).toBe("");
  proxy.heal();
  await when("an answer", () => talk.answered === "re: early.");
});

test("a cut ends connections and lets none through", async () => {
  await using talk = new Conversation();
  await using proxy = await TcpProxy.to(await talk.listen());
  talk.dial(proxy.port).write("one");
  await when("an answer", () => talk.answered === "re: one.");
  proxy.cut();
  await when("the end", () => talk.closed);
  talk.closed = false;
  talk.dial(proxy.port);
  await when("the end of the next", () => talk.closed);
});

test("a process that is isolated one-way is heard, whoever has dialled, or hears, but not both", async () => {
  await using talk = new Conversation();
  await using links = new Links();
  const socket = talk.dial(await links.between("order 1", "order 2", await talk.listen()));
  socket.write("one");
  await when("an answer", () => talk.answered === "re: one.");
  links.isolate("order 2", "there");
  socket.write("two");
  await when("order 2 hears", () => talk.heard === "onetwo");
  expect(talk.answered).toBe("re: one.");
  links.heal();
  await when("order 1 hears", () => talk.answered === "re: one.re: two.");
});
