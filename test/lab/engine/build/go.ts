// Which `go` builds the lab's binaries: one of PATH that is new enough, else a toolchain that an older one fetches as a module.
import { chmodSync, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";

type Log = (line: string) => void;

export interface Go {
  /** Path of the program. */
  path: string;
  /** As `go version` says it: `1.26.8`. */
  version: string;
}

// What is fetched where `go` is missing or too old. At least what the go.mod files ask for: a unit test holds it to that.
export const toolchainVersion = "1.26.8";

/** The number in `go version go1.26.8 linux/amd64`; undefined for a development build, which has none. */
export const versionIn = (output: string): string | undefined => output.match(/^go version go(\d+\.\d+(?:\.\d+)?)/)?.[1];

/** The oldest Go that a go.mod allows. @throws an Error when it has no `go` line */
export function goNeeded(goMod: string): string {
  const version = goMod.match(/^go (\d+\.\d+(?:\.\d+)?)$/m)?.[1];
  if (!version) throw new Error("a go.mod of the lab has no `go` line");
  return version;
}

/** Whether `version` is `needed` or newer. A missing patch level counts as 0: go.mod's `go 1.26` is met by 1.26.0. */
export function isAtLeast(version: string, needed: string): boolean {
  const parts = (text: string) => [...text.split(".").map(Number), 0].slice(0, 3);
  const [left, right] = [parts(version), parts(needed)];
  const different = left.findIndex((part, index) => part !== right[index]);
  return different === -1 || left[different] > right[different];
}

/** The first that is new enough to build with, else the first of all to fetch a newer one with. */
export function chooseGo(found: Go[], needed: string): { use: Go } | { fetchWith: Go } | { none: true } {
  const use = found.find(({ version }) => isAtLeast(version, needed));
  if (use) return { use };
  return found.length > 0 ? { fetchWith: found[0] } : { none: true };
}

/** The module that is Go itself: https://go.dev/doc/toolchain. @throws an Error for a processor without one */
export function toolchainModule(architecture: string, version = toolchainVersion): string {
  const goArchitecture = { x64: "amd64", arm64: "arm64" }[architecture];
  if (!goArchitecture) throw new Error(`The lab's engine can not be built on processor type ${architecture}: only on x64 and arm64`);
  return `golang.org/toolchain@v0.0.1-go${version}.linux-${goArchitecture}`;
}

// A newer toolchain is fetched here, visibly, or not at all. Each `go` finds its own root: the caller's may be another's.
export const goEnvironment = { GOTOOLCHAIN: "local", GOWORK: "off", GOROOT: undefined };

async function goOnPath(path: string): Promise<Go[]> {
  const programs = path.split(delimiter).filter(Boolean).map((folder) => join(folder, "go")).filter(existsSync);
  const answers = await Promise.all(programs.map(async (program) => {
    const { stdout } = await execa(program, ["version"], { env: goEnvironment, reject: false });
    return { path: program, version: versionIn(stdout ?? "") };
  }));
  return answers.filter((go): go is Go => go.version !== undefined);
}

async function installGo(log: Log): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    throw new Error(
      `Go is not installed, and the lab builds Pulumi's engine with it. Install Go ${toolchainVersion}, ` +
        "or an older one, which fetches the newer: apt-get install golang-go",
    );
  }
  const start = performance.now();
  const apt = (...args: string[]) => execa("apt-get", args, { env: { DEBIAN_FRONTEND: "noninteractive" } });
  await apt("update", "--quiet");
  await apt("install", "--quiet", "--yes", "--no-install-recommends", "golang-go");
  log(`go: installed from the distribution's packages (${seconds(start)})`);
}

/** An older go unpacks modules without the right to execute: the newer ones set it on their own toolchains in just this way. */
function makeExecutable(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeExecutable(path);
    else chmodSync(path, 0o755);
  }
}

async function fetchToolchain(with_: Go, log: Log): Promise<Go> {
  const start = performance.now();
  const module = toolchainModule(process.arch);
  // Go checks the module against its checksum database, as any other module.
  const { stdout } = await execa(with_.path, ["mod", "download", "-json", module], { cwd: "/", env: goEnvironment });
  const folder: string = JSON.parse(stdout).Dir;
  makeExecutable(join(folder, "bin"));
  makeExecutable(join(folder, "pkg", "tool"));
  log(`go ${toolchainVersion}: fetched as a module by go ${with_.version} (${seconds(start)})`);
  return { path: join(folder, "bin", "go"), version: toolchainVersion };
}

const found = new Map<string, Promise<Go>>();

/** As `searchGo`, once for each need: two binaries are built with the same. */
export function findGo(needed: string, log: Log): Promise<Go> {
  if (!found.has(needed)) found.set(needed, searchGo(needed, log));
  return found.get(needed)!;
}

/**
 * A Go that is `needed` or newer: from PATH, else fetched through the module proxy, with the distribution's own `go` if there is none.
 * @throws an Error that says what to install
 */
async function searchGo(needed: string, log: Log): Promise<Go> {
  let choice = chooseGo(await goOnPath(process.env.PATH ?? ""), needed);
  if ("none" in choice) {
    await installGo(log);
    choice = chooseGo(await goOnPath(process.env.PATH ?? ""), needed);
  }
  if ("use" in choice) return choice.use;
  if ("fetchWith" in choice) return fetchToolchain(choice.fetchWith, log);
  throw new Error("Go was installed but is not on PATH");
}

/** The time since `start`, for a log line. */
export const seconds = (start: number): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
