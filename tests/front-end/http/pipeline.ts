import { connect } from "node:net";

/** The statuses of the replies to requests that are sent in one go on one connection, until there are `count`. */
export async function sendPipelined(port: number, requests: string, count: number): Promise<number[]> {
  return await new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(requests));
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      const statuses = Array.from(text.matchAll(/HTTP\/1\.1 (\d{3})/g), ([, status]) => Number(status));
      if (statuses.length < count) return;
      socket.destroy();
      resolve(statuses);
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed after ${JSON.stringify(text)}`)));
  });
}
