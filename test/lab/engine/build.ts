// Builds the Pulumi engine of the lab: what stands for the CLI, its language host and its plugins where only package
// registries are in reach (DESIGN §11).
import {
  chmodSync, copyFileSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { cachedBinary } from "./build/binary.ts";
import { seconds } from "./build/go.ts";
import { standIns, wrapper } from "./build/wrapper.ts";

type Log = (line: string) => void;

/** What of the engine is wanted. */
export interface EnginePieces {
  /** The real CLI, `pulumi`, built from its Go module. */
  cli: boolean;
  /** Our own `pulumi-language-nodejs`. */
  language: boolean;
  /** `docker` is the real provider code, built; any other is a stand-in of ours in `plugins/`. */
  plugins: string[];
}

const here = import.meta.dirname;
const pluginFolder = join(here, "plugins");
const binDir = join(dirname(dirname(dirname(here))), ".indie", "bin");

/** All there is. */
export const enginePieces = (): EnginePieces => ({ cli: true, language: true, plugins: ["docker", ...standIns(readdirSync(pluginFolder))] });

/** Puts an executable in place whole: a CLI may be starting the one that was there. */
function place(name: string, make: (path: string) => void): void {
  const made = join(binDir, `.${name}-${process.pid}`);
  rmSync(made, { force: true });
  make(made);
  renameSync(made, join(binDir, name));
}

/**
 * A hard link, not a symbolic one: the CLI looks for its language host beside its own resolved path, and warns on every run about
 * one that is elsewhere. A copy where the cache is on another disk.
 */
function placeBinary(name: string, path: string): void {
  const wanted = statSync(path);
  const there = lstatSync(join(binDir, name), { throwIfNoEntry: false });
  if (there?.isFile() && there.size === wanted.size && there.mtime.getTime() === wanted.mtime.getTime()) return;
  place(name, (made) => {
    try {
      linkSync(path, made);
    } catch {
      copyFileSync(path, made);
      utimesSync(made, wanted.atime, wanted.mtime);
    }
  });
}

function placeWrapper(name: string, script: string): void {
  place(name, (made) => {
    writeFileSync(made, wrapper(process.execPath, script));
    chmodSync(made, 0o755);
  });
}

/**
 * Builds what is asked for, once, and puts it into the clone's `.indie/bin`. Run again it takes a fraction of a second.
 * @param log takes one line for each step, with its seconds
 * @param pieces @default all there is
 * @returns the folder to have on PATH
 * @throws an Error that says what could not be built and why
 */
export async function buildEngine(log: Log, pieces: EnginePieces = enginePieces()): Promise<{ binDir: string }> {
  const known = enginePieces().plugins;
  const unknown = pieces.plugins.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`The lab has no plugin ${unknown.join(", ")}: it has ${known.join(", ")}`);
  mkdirSync(binDir, { recursive: true });
  const start = performance.now();
  if (pieces.cli) placeBinary("pulumi", await cachedBinary("pulumi", log));
  if (pieces.plugins.includes("docker")) placeBinary("pulumi-resource-docker", await cachedBinary("pulumi-resource-docker", log));
  if (pieces.language) placeWrapper("pulumi-language-nodejs", join(here, "language", "host.ts"));
  for (const name of pieces.plugins.filter((plugin) => plugin !== "docker")) {
    placeWrapper(`pulumi-resource-${name}`, join(pluginFolder, `${name}.ts`));
  }
  log(`engine: in ${binDir} (${seconds(start)})`);
  return { binDir };
}
