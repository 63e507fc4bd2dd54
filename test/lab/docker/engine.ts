// A Docker Engine for the tests where the installed one is old (README: "The newer Docker Engine").
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../../../cli/layout.ts";
import type { OtherEngine } from "../../../cli/steps/docker.ts";
import { cached, withWorkFolder } from "../images/cache.ts";
import { withLock } from "../images/lock.ts";
import { debianRelease, isOld, namesData, noPlaceForData } from "./decide.ts";
import { fetchPrograms } from "./fetch.ts";
import { sourcesOf } from "./sources.ts";

type Log = (line: string) => void;

/** Docker 26.1.5; its programs want glibc 2.34, which Debian 12 has and 11 has not. */
const RELEASE = "trixie";

/**
 * Not where the installed engine has its own: nobody promises that it starts on what a newer one wrote. Not in the cache, which may be
 * deleted at any time.
 */
const DATA = "/var/lib/indie-ventures-lab/docker";

const DAEMON_JSON = "/etc/docker/daemon.json";

/** The same for what makes it the same. Not by the packages' versions, which only the mirror tells. */
function cacheKey(): string {
  const code = ["engine.ts", "fetch.ts"].map((file) => readFileSync(join(import.meta.dirname, file), "utf8"));
  return createHash("sha256").update(JSON.stringify([code, process.arch])).digest("hex").slice(0, 16);
}

export const newerEngineFolder = (environment: NodeJS.ProcessEnv = process.env): string => join(cacheDir(environment), "docker", cacheKey());

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");

function ourSources(): string {
  const release = debianRelease(textOf("/etc/os-release"));
  if (release === undefined) throw new Error("this is no release of Debian");
  const files = globSync(["/etc/apt/sources.list", "/etc/apt/sources.list.d/*.list", "/etc/apt/sources.list.d/*.sources"]);
  const sources = sourcesOf(files.map((name) => ({ name, text: textOf(name) })), release, RELEASE);
  if (sources === "") throw new Error(`apt's sources name no place of Debian ${release}`);
  return sources;
}

async function fetched(log: Log): Promise<string> {
  const folder = newerEngineFolder();
  if (existsSync(folder)) return folder;
  const wait = () => log("Docker Engine: another process fetches it, waiting for that");
  return withLock("indie-ventures-lab-docker", wait, () =>
    cached(folder, (made) => {
      log(`Docker Engine: fetching ${RELEASE}'s, 60 MB`);
      return withWorkFolder((work) => fetchPrograms(ourSources(), work, made));
    }),
  );
}

/**
 * A newer engine, fetched once, where the installed one is old: with that the first health check comes after a whole interval
 * (docs/measurements.md), for which every start and update of the tests waits.
 * @param installed what `dockerd --version` says
 * @throws an Error that says in one line why there is none
 */
export async function newerEngine(installed: string, log: Log): Promise<OtherEngine | undefined> {
  if (!isOld(installed)) return undefined;
  if (namesData(textOf(DAEMON_JSON))) throw new Error(`${DAEMON_JSON} says where Docker's data is, and that is the installed engine's`);
  await mkdir(DATA, { recursive: true, mode: 0o710 });
  const why = noPlaceForData((await statfs(DATA)).type);
  if (why !== undefined) throw new Error(`its data can not be in ${DATA}, which is on ${why}`);
  return { programs: await fetched(log), args: ["--data-root", DATA] };
}
