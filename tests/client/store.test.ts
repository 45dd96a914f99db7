import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimPorts } from "../harness/ports.ts";
import { TestProcess } from "../harness/process.ts";
import { runClient } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "toystore-client-store-"));
afterAll(() => rmSync(folder, { recursive: true }));

const replicas = [1, 2, 3].flatMap((id) => [`ORDER_PORT_${id}`, `ORDER2_PORT_${id}`]);

test("the leader is killed and a follower stopped on request: no error, every order proved, both on the time axis", async () => {
  await using ports = await claimPorts(9);
  const variables = ["REST_API_PORT", "FRONT_PORT", "CATALOG_PORT", ...replicas];
  const env = Object.fromEntries(variables.map((name) => [name, `${ports.take()}`]));
  const file = "bin/services.ts";
  await using store = new TestProcess({ name: "services", file, env: { ...env, DATA_DIR: folder } });
  store.start();
  await store.line(/Toystore is open/);
  const json = join(folder, "report.json");
  const words = ["--target", `127.0.0.1:${env["REST_API_PORT"]}`, "--catalog", join(folder, "catalog.csv")];
  const faults = ["--fault", "stop:follower@500ms+500ms", "--fault", "kill:leader@2s"];
  const load = ["--rate", "50", "--duration", "4s", "--exclusive", "--json", json];
  const processes = ["--processes", join(folder, "processes.json")];
  const { status, out } = await runClient(...words, ...faults, ...load, ...processes);
  expect(out).toEndWith("0 errors, 0 mismatches\n");
  expect(status).toBe(0);
  const { events } = JSON.parse(readFileSync(json, "utf8")) as { events: { at: number; label: string }[] };
  const labels = events.map(({ label }) => label.replace(/\d+\)$/, "N)"));
  expect(labels.slice(0, 3)).toEqual([
    expect.stringMatching(/^stop follower, order \d \(pid N\)$/),
    expect.stringMatching(/^order \d goes on$/),
    expect.stringMatching(/^kill leader, order \d \(pid N\)$/),
  ]);
  expect(labels.slice(3).join()).toMatch(/leader: order \d, term/);
  await store.line(/order \d ended \(SIGKILL\)/);
  expect(await store.kill("SIGTERM")).toEqual({ status: 0, signal: undefined });
}, 60_000);

test("a sweep measures with the cache on and off, and leaves no store behind", async () => {
  const out = join(folder, "sweep");
  const swept = await runClient("sweep", "--n-repeats", "20", "--clients", "2", "--p", "0,0.5", "--out", out);
  expect([swept.status, swept.problem]).toEqual([0, ""]);
  expect(swept.out).toMatch(/^p +query, cache on +query, cache off +saved/m);
  expect(readFileSync(join(out, "sweep.md"), "utf8")).toContain("| 0.5 | ");
  expect(readFileSync(join(out, "sweep.html"), "utf8")).toContain("Latency of query by chance of buying");
  expect(JSON.parse(readFileSync(join(out, "sweep.json"), "utf8"))).toMatchObject({ toystoreSweep: 1 });
}, 60_000);
