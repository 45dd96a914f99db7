import { basename } from "node:path";

/** Set in a process that has mounts and a network of its own. */
const mark = "TOYSTORE_FAULTS_ISOLATED";

/** This process has mounts and a network of its own: whatever it makes there ends with it. */
export function isIsolated(): boolean {
  return process.env[mark] === "1";
}

/** Why this machine cannot isolate a process; undefined: it can. */
export function isolationComplaint(): string | undefined {
  if (process.platform !== "linux") return "mounts and network namespaces are Linux's";
  if (process.getuid?.() !== 0) return "only root may make mounts and network namespaces";
  const attempt = Bun.spawnSync([...unshare, "sh", "-c", attemptScript], { stdout: "ignore", stderr: "pipe" });
  return attempt.exitCode === 0 ? undefined : attempt.stderr.toString().trim() || "unshare or ip is missing";
}

const unshare = ["unshare", "--net", "--mount"];
/** All that a run will need, once. */
const attemptScript =
  "mount -t tmpfs none /run && ip link set lo up && ip link add toys-a type veth peer name toys-b && ip link add toys-c type bridge";

/**
 * Runs a script of this project in a process with mounts and a network of its
 * own. The kernel takes both away when the last process in there has ended,
 * however it ends.
 */
export function spawnIsolated(
  file: string,
  options: readonly string[],
): Bun.Subprocess<"ignore", "inherit", "inherit"> {
  // /run is hidden, not changed: names of network namespaces are made there.
  const start = `mount -t tmpfs none /run && mkdir /run/netns && ip link set lo up && exec "$@"`;
  const argv = [...unshare, "sh", "-c", start, basename(file), process.execPath, file, ...options];
  return Bun.spawn(argv, { env: { ...process.env, [mark]: "1" }, stdio: ["ignore", "inherit", "inherit"] });
}

/** Runs a system command; throws with what it said if it fails. */
export function run(...argv: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...argv], { stdout: "ignore", stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stderr.toString().trim()}`);
}
