import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { initialCatalog } from "../../../../services/catalog/initial.ts";
import { stockOfEach } from "../peer.ts";
import { Program, runProgram } from "../program.ts";
import { schema } from "./schema.ts";

/** Where Debian keeps what initdb and the like belong to. */
export const binaries = "/usr/lib/postgresql/15/bin";

/** It refuses to be root. */
const user = process.getuid?.() === 0 ? "postgres" : undefined;

/**
 * As safe as it comes (fsync, full_page_writes and synchronous_commit are on) and
 * without what would only disturb a short run: no checkpoint, no JIT.
 */
const settings = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "synchronous_commit=on",
  "shared_buffers=256MB",
  "max_wal_size=8GB",
  "min_wal_size=1GB",
  "checkpoint_timeout=1h",
  "jit=off",
];

export interface ClusterOptions {
  readonly folder: string;
  readonly port: number;
  /** Ports of the standbys; a commit waits for any one of them. */
  readonly standbyPorts: readonly number[];
}

/** Creates and starts a primary with its standbys, schema and catalog; the primary comes first. */
export async function startCluster({ folder, port, standbyPorts }: ClusterOptions): Promise<Program[]> {
  giveToUser(folder);
  const started: Program[] = [];
  try {
    const primary = join(folder, "primary");
    await run("initdb", ["-D", primary, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"], folder);
    started.push(await startServer("primary", primary, port, []));
    await fill(port);
    for (const [i, standbyPort] of standbyPorts.entries()) {
      started.push(await startStandby({ name: `standby${i + 1}`, folder, port: standbyPort, primaryPort: port }));
    }
    if (standbyPorts.length > 0) await waitForStandbys(port, standbyPorts.length);
    return started;
  } catch (error) {
    await Promise.all(started.map((program) => program[Symbol.asyncDispose]()));
    throw error;
  }
}

interface Standby {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly primaryPort: number;
}

async function startStandby({ name, folder, port, primaryPort }: Standby): Promise<Program> {
  const files = join(folder, name);
  const source = `host=127.0.0.1 port=${primaryPort} user=postgres application_name=${name}`;
  await run("pg_basebackup", ["-D", files, "-d", source, "-R", "-X", "stream", "-c", "fast"], folder);
  return startServer(name, files, port, []);
}

async function startServer(name: string, files: string, port: number, more: readonly string[]): Promise<Program> {
  const options = [...settings, `port=${port}`, ...more].flatMap((setting) => ["-c", setting]);
  const program = new Program({ name, argv: [join(binaries, "postgres"), "-D", files, ...options], cwd: files, user });
  try {
    await program.said(/database system is ready to accept/);
    return program;
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

async function fill(port: number): Promise<void> {
  await using sql = connect(port);
  await sql.unsafe(schema).simple();
  const rows = initialCatalog(stockOfEach).map(({ name, priceCents, quantity }) => ({
    name,
    price: (priceCents / 100).toFixed(2),
    quantity,
  }));
  await sql`INSERT INTO product ${sql(rows)}`;
}

/** From now on a commit waits for one of them; resolves when all stream. */
async function waitForStandbys(port: number, count: number): Promise<void> {
  await using sql = connect(port);
  const names = Array.from({ length: count }, (_, i) => `standby${i + 1}`).join(", ");
  await sql.unsafe(`ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (${names})'`);
  await sql`SELECT pg_reload_conf()`;
  for (const deadline = performance.now() + 20_000; ; await Bun.sleep(50)) {
    const [row] = (await sql`
      SELECT count(*)::int AS count FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'quorum'`) as [
      { count: number },
    ];
    if (row.count === count) return;
    if (performance.now() > deadline) throw new Error(`${row.count} of ${count} standbys stream`);
  }
}

function connect(port: number): SQL {
  return new SQL({
    adapter: "postgres",
    hostname: "127.0.0.1",
    port,
    username: "postgres",
    database: "postgres",
    max: 1,
  });
}

function run(program: string, words: readonly string[], cwd: string): Promise<void> {
  return runProgram({ name: program, argv: [join(binaries, program), ...words], cwd, user });
}

function giveToUser(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (user === undefined) return;
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(Bun.spawnSync(["id", flag, user]).stdout.toString()));
  if (uid === undefined || gid === undefined) throw new Error(`there is no user ${user}`);
  chownSync(folder, uid, gid);
}
