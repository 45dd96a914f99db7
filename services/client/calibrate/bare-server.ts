/**
 * A server that does nothing but answer: what a load generator is measured
 * against. Arguments: how long it waits before each reply, and at which time
 * after its first request it stops doing anything for a second (0: never);
 * milliseconds. It prints its port, and ends with its standard input.
 */
const [delayMs = 0, pauseAtMs = 0] = process.argv.slice(2).map(Number);
const pauseMs = 1_000;
const body = JSON.stringify({ data: { name: "Tux", price: 15.99, quantity: 100 } });
const headers = { "content-type": "application/json" };

let pausePlanned = false;

/** The whole process stands still, as in a long garbage collection. */
function pauseOnce(): void {
  if (pausePlanned || pauseAtMs === 0) return;
  pausePlanned = true;
  setTimeout(() => Bun.sleepSync(pauseMs), pauseAtMs);
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    if (request.url.includes("/products/")) pauseOnce();
    if (delayMs === 0) return new Response(body, { headers });
    return Bun.sleep(delayMs).then(() => new Response(body, { headers }));
  },
});

process.stdout.write(`${server.port}\n`);
process.stdin.on("close", () => process.exit(0));
process.stdin.resume();
