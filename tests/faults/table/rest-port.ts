import { awaitUnity } from "../store/standing.ts";
import { type Fault, noCost, type Scene, someSales } from "./fault.ts";
import { RawConnection } from "./raw-connection.ts";

/** A front-end closes a connection on which nothing has come for 10 s, and gives a body as long; and some slack. */
const closingMs = 25_000;

async function connectMany({ store }: Scene, count: number): Promise<RawConnection[]> {
  const { restPort, process } = store.frontEnd(1);
  const host = store.hostOf(process.name);
  const connections: RawConnection[] = [];
  // In groups: a burst of all would only test the length of the listen queue.
  while (connections.length < count) {
    const group = Array.from({ length: Math.min(200, count - connections.length) }, () =>
      RawConnection.open(host, restPort),
    );
    connections.push(...(await Promise.all(group)));
  }
  return connections;
}

/** Opens so many, hurts with them while others shop, and closes whatever is left. */
async function withConnections(
  scene: Scene,
  count: number,
  act: (connections: readonly RawConnection[]) => Promise<void>,
): Promise<void> {
  const connections = await connectMany(scene, count);
  try {
    await act(connections);
  } finally {
    for (const connection of connections) connection.terminate();
  }
  await awaitUnity(scene.store);
}

/** Every connection is closed by the front-end in due time. */
async function expectClosed(connections: readonly RawConnection[]): Promise<void> {
  await until(connections, ({ isClosed }) => isClosed, "are open");
}

async function until(
  connections: readonly RawConnection[],
  isOver: (connection: RawConnection) => boolean,
  what: string,
): Promise<void> {
  const deadline = performance.now() + closingMs;
  while (!connections.every(isOver)) {
    if (performance.now() > deadline) {
      const open = connections.filter((connection) => !isOver(connection));
      throw new Error(`${open.length} of ${connections.length} ${what} after ${closingMs} ms: ${open[0]?.start}`);
    }
    await Bun.sleep(50);
  }
}

const post = "POST /orders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";

/** How many requests a slow reader sends without taking an answer. */
const unreadRequests = 20_000;

/** @param idle how many idle connections */
export function restFaults(idle: number): readonly Fault[] {
  return [
    {
      name: `${idle.toLocaleString("en")} idle connections, until they are closed`,
      victim: "clients",
      cost: noCost,
      act: (scene) =>
        withConnections(scene, idle, async (connections) => {
          await scene.load.progress(someSales);
          await expectClosed(connections);
        }),
    },
    {
      name: `${idle.toLocaleString("en")} idle connections, for a moment`,
      victim: "clients",
      brief: true,
      cost: noCost,
      act: (scene) => withConnections(scene, idle, () => scene.load.progress(someSales)),
    },
    {
      name: "connections that say half a request and no more",
      victim: "clients",
      cost: noCost,
      act: (scene) =>
        withConnections(scene, 100, async (connections) => {
          for (const connection of connections) connection.send("GET /products/Tux HTTP/1.1\r\nHo");
          await scene.load.progress(someSales);
          await expectClosed(connections);
        }),
    },
    {
      name: "slow readers: 20,000 requests each, and no answer taken",
      victim: "clients",
      brief: true,
      cost: noCost,
      act: (scene) =>
        withConnections(scene, 5, async (connections) => {
          const requests = "GET /products/Tux HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(unreadRequests);
          for (const connection of connections) {
            connection.stopReading();
            connection.send(requests);
          }
          await scene.load.progress(someSales * 4);
        }),
    },
    {
      name: "bodies that never end",
      victim: "clients",
      brief: true,
      cost: noCost,
      act: (scene) =>
        withConnections(scene, 40, async (connections) => {
          connections.forEach((connection, at) => {
            connection.send(`${post}${at % 2 === 0 ? "Content-Length: 60000" : "Transfer-Encoding: chunked"}\r\n\r\n`);
          });
          // A byte now and then, so that none is idle.
          const drip = setInterval(() => {
            for (const [at, connection] of connections.entries()) connection.send(at % 2 === 0 ? " " : "1\r\n \r\n");
          }, 500);
          try {
            await scene.load.progress(someSales);
            await expectAnswer(connections);
          } finally {
            clearInterval(drip);
          }
        }),
    },
  ];
}

/** A body that does not end is answered all the same, with an error, or cut off. */
async function expectAnswer(connections: readonly RawConnection[]): Promise<void> {
  const isOver = ({ isClosed, start }: RawConnection): boolean => isClosed || /^HTTP\/1\.1 4\d\d /.test(start);
  await until(connections, isOver, "are still read");
}
