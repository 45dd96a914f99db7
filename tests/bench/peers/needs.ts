import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../../../bin/checking/command.ts";

/** A program that is needed, and the Debian package that brings it. */
export interface Needed {
  /** A name on PATH, or an absolute path. */
  readonly program: string;
  readonly debianPackage: string;
}

const limitMs = 5 * 60_000;

/** A Debian machine gets what is missing. Returns why it cannot be had; undefined: all is there. */
export async function provide(
  needs: readonly Needed[],
  folder: string,
  mayInstall: boolean = process.getuid?.() === 0 && Bun.which("apt-get") !== null,
): Promise<string | undefined> {
  const missing = needs.filter(({ program }) => Bun.which(program) === null);
  if (missing.length === 0) return undefined;
  const names = missing.map(({ program }) => program).join(", ");
  if (!mayInstall) return `${names} is missing, with no right to install it`;
  const packages = missing.map(({ debianPackage }) => debianPackage);
  for (const argv of [["apt-get", "update"], installWithoutStarting(packages, folder)]) {
    const { status } = await runCommand(argv, { cwd: folder, limitMs, env: { DEBIAN_FRONTEND: "noninteractive" } });
    if (status !== 0) return `${names} is missing, and ${argv.slice(0, 2).join(" ")} failed`;
  }
  const still = missing.filter(({ program }) => Bun.which(program) === null);
  return still.length === 0 ? undefined : `${still.map(({ program }) => program).join(", ")} is not in its package`;
}

/** As the program itself says it. */
export function versionOf({ program }: Needed): string {
  const said = Bun.spawnSync([program, "--version"]).stdout.toString();
  return /\d+(\.\d+)+/.exec(said)?.[0] ?? "of unknown version";
}

/** Debian starts a service as it installs it, through these; only the programs are wanted, so they do nothing. */
const starters = ["invoke-rc.d", "deb-systemd-invoke", "pg_ctlcluster"];

export function installWithoutStarting(packages: readonly string[], folder: string): string[] {
  const inert = join(folder, "inert");
  mkdirSync(inert, { recursive: true });
  for (const name of starters) {
    writeFileSync(join(inert, name), "#!/bin/sh\nexit 0\n");
    chmodSync(join(inert, name), 0o755);
  }
  const path = `DPkg::Path=${inert}:/usr/sbin:/usr/bin:/sbin:/bin`;
  return ["apt-get", "install", "--yes", "--no-install-recommends", "--option", path, ...packages];
}
