// Pebble, Let's Encrypt's own small CA for tests, its DNS server, and lego, from Debian's packages: nothing is installed.
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../../../cli/layout.ts";
import { debianRelease } from "../docker/decide.ts";
import { sourcesOf } from "../docker/sources.ts";
import { cached, withWorkFolder } from "../images/cache.ts";
import { run } from "../images/run.ts";

/** Of the images, and with what Debian 12's Pebble lacks: a lifetime of certificates that can be set. Its programs want glibc 2.34. */
const RELEASE = "trixie";

/** Package → programs of it. */
const PROGRAMS = { pebble: ["pebble", "pebble-challtestsrv"], lego: ["lego"] };

/** A mirror that never answers is as good as none. */
const APT_MILLISECONDS = 300_000;

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");

/** From where this computer has its Debian. */
function ourSources(): string {
  const release = debianRelease(textOf("/etc/os-release"));
  const files = globSync(["/etc/apt/sources.list", "/etc/apt/sources.list.d/*.list", "/etc/apt/sources.list.d/*.sources"]);
  const sources = release === undefined ? "" : sourcesOf(files.map((name) => ({ name, text: textOf(name) })), release, RELEASE);
  if (sources === "") throw new Error(`lab: Pebble comes from Debian's packages, and apt's sources name no place of Debian ${release ?? "here"}`);
  return sources;
}

/** Apt with lists and a cache of its own in `work`, whatever this computer's apt knows. */
const aptOptions = (work: string): string[] =>
  [
    `Dir::Etc::SourceList=${join(work, "sources.list")}`,
    "Dir::Etc::SourceParts=/dev/null",
    `Dir::State::Lists=${join(work, "lists")}`,
    `Dir::Cache=${join(work, "cache")}`,
    // Without it a list that can not be had is a warning, and the error is a package of which nobody has heard.
    "APT::Update::Error-Mode=any",
  ].flatMap((option) => ["-o", option]);

async function fetchPrograms(sources: string, work: string, folder: string): Promise<void> {
  await writeFile(join(work, "sources.list"), sources);
  // apt makes these only where it has them by default.
  for (const made of ["lists/partial", "cache/archives/partial"]) await mkdir(join(work, made), { recursive: true });
  const apt = (...args: string[]) => run("apt-get", [...aptOptions(work), ...args], { cwd: work, timeout: APT_MILLISECONDS });
  await apt("update");
  await apt("download", ...Object.keys(PROGRAMS));
  for (const archive of globSync("*.deb", { cwd: work })) await run("dpkg-deb", ["--extract", archive, "root"], { cwd: work });
  await mkdir(folder);
  for (const program of Object.values(PROGRAMS).flat()) await copyFile(join(work, "root/usr/bin", program), join(folder, program));
}

/** Not by the packages' versions, which only the mirror tells. */
const cacheKey = (): string => createHash("sha256").update(JSON.stringify([readFileSync(import.meta.filename, "utf8"), process.arch])).digest("hex").slice(0, 12);

/** The folder with `pebble`, `pebble-challtestsrv` and `lego`, fetched once (8 MB). */
export const pebblePrograms = (): Promise<string> =>
  cached(join(cacheDir(process.env), "pebble", cacheKey()), (made) => withWorkFolder((work) => fetchPrograms(ourSources(), work, made)));
