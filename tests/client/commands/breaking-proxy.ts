/** Passes bytes on, and breaks each connection when its `breaksAt`-th reply comes back. */
export function startProxy(target: number, breaksAt = Number.POSITIVE_INFINITY): AsyncDisposable & { port: number } {
  type Leg = { other: Promise<import("bun").Socket<Leg>>; replies: number };
  const listener = Bun.listen<Leg>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(client) {
        const other = Bun.connect<Leg>({
          hostname: "127.0.0.1",
          port: target,
          data: { other: Promise.resolve(client), replies: 0 },
          socket: {
            data(server, bytes) {
              if (++server.data.replies % breaksAt === 0) client.terminate();
              else client.write(bytes);
            },
            close: () => client.terminate(),
          },
        });
        client.data = { other, replies: 0 };
      },
      async data(client, bytes) {
        (await client.data.other).write(bytes);
      },
      async close(client) {
        (await client.data.other).terminate();
      },
    },
  });
  return {
    port: listener.port,
    [Symbol.asyncDispose]: async () => {
      listener.stop(true);
    },
  };
}
