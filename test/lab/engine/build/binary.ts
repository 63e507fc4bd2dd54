// The lab's Go binaries, each in a cache under the hash of all that it is made from.
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../../../../cli/layout.ts";
import { withLock } from "../../images/lock.ts";
import { findGo, type Go, goEnvironment, goNeeded, seconds } from "./go.ts";

type Log = (line: string) => void;
/** actionlint is not the engine's: the test of the workflows reads them with it. */
export type Binary = "pulumi" | "pulumi-resource-docker" | "actionlint";

const engineFolder = dirname(import.meta.dirname);

interface GoModule {
  folder: string;
  /** What `go build` builds, and with which flags of its own. */
  args: (goMod: string) => string[];
  /** With 2 cores and nothing downloaded (facts/engine.md). */
  takes: string;
}

export const goModules: Record<Binary, GoModule> = {
  pulumi: {
    folder: join(engineFolder, "cli"),
    args: (goMod) => [
      "-ldflags", `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${cliVersion(goMod)}`,
      "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    ],
    takes: "4 to 8 minutes",
  },
  "pulumi-resource-docker": {
    folder: join(engineFolder, "docker"),
    // Without compose files, which no resource of ours is made from: half the dependencies.
    args: () => ["-ldflags", "-s -w", "-tags", "no_compose", "."],
    takes: "2 to 5 minutes",
  },
  actionlint: {
    folder: join(dirname(engineFolder), "actionlint"),
    args: () => ["-ldflags", "-s -w", "github.com/rhysd/actionlint/cmd/actionlint"],
    takes: "half a minute",
  },
};

/** The CLI's version in its go.mod: `v3.259.0`. The build has to tell it, a release's own build does so too. */
export function cliVersion(goMod: string): string {
  const version = goMod.match(/^(?:require )?\s*github\.com\/pulumi\/pulumi\/pkg\/v3 (v\S+)/m)?.[1];
  if (!version) throw new Error("test/lab/engine/cli/go.mod does not require github.com/pulumi/pulumi/pkg/v3");
  return version;
}

/** The name of a cache entry: the same for the same sources, flags and Go, another for any other. */
export function cacheKey(files: { path: string; content: string }[], args: string[], platform: string): string {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return createHash("sha256").update(JSON.stringify([sorted.map(({ path, content }) => [path, content]), args, platform])).digest("hex");
}

export const engineCache = (environment: NodeJS.ProcessEnv): string => join(cacheDir(environment), "engine");

async function build(go: Go, binary: Binary, args: string[], folder: string, target: string): Promise<void> {
  const work = await mkdtemp(join(dirname(target), ".work-"));
  try {
    // CGO_ENABLED=0: the same with and without a C compiler. -mod and -buildvcs override what GOFLAGS may say.
    const built = await execa(go.path, ["build", "-mod=readonly", "-buildvcs=false", "-o", join(work, binary), ...args], {
      cwd: folder, env: { ...goEnvironment, CGO_ENABLED: "0" }, all: true, reject: false,
    });
    if (built.failed) {
      const last = built.all.trim().split("\n").slice(-15).join("\n");
      throw new Error(`${binary} could not be built by go ${go.version} in ${folder}: ${built.shortMessage}\n${last}`);
    }
    await rename(work, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Earlier builds of a binary, 70 to 120 MB each: those of the branches that one goes back and forth between are kept. */
async function dropOldBuilds(cache: string, binary: Binary, kept = 3): Promise<void> {
  const folders = (await readdir(cache)).map((name) => join(cache, name)).filter((folder) => existsSync(join(folder, binary)));
  const dated = await Promise.all(folders.map(async (folder) => ({ folder, time: (await stat(folder)).mtimeMs })));
  const old = dated.toSorted((a, b) => b.time - a.time).slice(kept);
  await Promise.all(old.map(({ folder }) => rm(folder, { recursive: true, force: true })));
}

/** The path of a binary in the cache, built when it is not there. It appears whole; of two builds at once one waits for the other. */
export async function cachedBinary(binary: Binary, log: Log): Promise<string> {
  const { folder, args: argsFor, takes } = goModules[binary];
  const paths = globSync(["**/*.go", "**/go.mod", "**/go.sum"], { cwd: folder });
  const files = paths.map((path) => ({ path, content: readFileSync(join(folder, path), "utf8") }));
  const goMod = readFileSync(join(folder, "go.mod"), "utf8");
  const go = await findGo(goNeeded(goMod), log);
  const args = argsFor(goMod);
  const cache = engineCache(process.env);
  const target = join(cache, cacheKey(files, args, `go${go.version} ${process.platform} ${process.arch}`));
  const path = join(target, binary);
  const start = performance.now();
  if (existsSync(path)) {
    log(`${binary}: built before (${seconds(start)})`);
    return path;
  }
  await mkdir(cache, { recursive: true });
  // A lock's name has 107 bytes at most.
  const lock = `indie-ventures-engine-${createHash("sha256").update(cache).digest("hex").slice(0, 16)}`;
  await withLock(lock, () => log(`${binary}: another process builds, waiting for it`), async () => {
    if (existsSync(path)) return;
    // Under the lock nobody else works here: what lies about was left by a build that was killed.
    const left = (await readdir(cache)).filter((name) => name.startsWith(".work-"));
    await Promise.all(left.map((name) => rm(join(cache, name), { recursive: true, force: true })));
    log(`${binary}: building it with go ${go.version}, the first time takes ${takes}`);
    await build(go, binary, args, folder, target);
    await dropOldBuilds(cache, binary);
  });
  log(`${binary}: built (${seconds(start)})`);
  return path;
}
