import { TestProcess } from "../../harness/process.ts";

/** Starts a peer's own server and waits until it listens: each says so in its first line. */
export async function startBunServer(
  name: string,
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<TestProcess> {
  const server = new TestProcess({ name, file: `tests/bench/peers/${file}`, env });
  server.start();
  try {
    await server.line(/^listening$/);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
