import { globSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { isOld } from "./decide.ts";

const PACKAGES = ["docker.io", "containerd"];

/** What a dockerd starts, and itself. runc, docker-init and the docker command stay those that are installed. */
const PROGRAMS = ["dockerd", "containerd", "containerd-shim-runc-v2", "docker-proxy"];

/** A mirror that never answers is as good as none. */
const APT_MILLISECONDS = 300_000;

/** What is wrong, in one line: apt begins it with `E:`, and the first is the cause of the others. Others end with it. */
const errorLine = (said: string): string | undefined => /^E: .*$/m.exec(said)?.[0] ?? said.trim().split("\n").at(-1);

async function runs(program: string, args: string[], cwd: string): Promise<string> {
  const { failed, stdout, stderr, shortMessage } = await execa(program, args, { cwd, stdin: "ignore", reject: false, timeout: APT_MILLISECONDS });
  if (failed) throw new Error(errorLine(stderr ?? "") || shortMessage!.split("\n")[0]);
  return stdout;
}

/**
 * Makes `folder`, with the programs of a newer engine in it. Nothing is installed: apt has a folder of its own for what it learns here.
 * @param sources the text of apt's sources that have them
 * @param work an empty folder
 * @throws an Error of one line
 */
export async function fetchPrograms(sources: string, work: string, folder: string): Promise<void> {
  await writeFile(join(work, "sources.list"), sources);
  // apt makes these only where it has them by default.
  for (const made of ["lists/partial", "cache/archives/partial"]) await mkdir(join(work, made), { recursive: true });
  const places = { "Dir::Etc::SourceList": "sources.list", "Dir::State::Lists": "lists", "Dir::Cache": "cache" };
  const options = [
    ...Object.entries(places).map(([name, path]) => `${name}=${join(work, path)}`),
    "Dir::Etc::SourceParts=/dev/null",
    // Without it a list that can not be had is a warning, and the error is a package of which nobody has heard.
    "APT::Update::Error-Mode=any",
  ].flatMap((option) => ["-o", option]);
  await runs("apt-get", [...options, "update"], work);
  await runs("apt-get", [...options, "download", ...PACKAGES], work);
  for (const archive of globSync("*.deb", { cwd: work })) await runs("dpkg-deb", ["--extract", archive, "root"], work);

  await mkdir(folder);
  for (const program of PROGRAMS) {
    const path = globSync(`root/usr/*bin/${program}`, { cwd: work })[0];
    if (path === undefined) throw new Error(`${PACKAGES.join(" and ")} have no ${program}`);
    await copyFile(join(work, path), join(folder, program));
  }
  // It may want libraries that this computer has not, or be as old as the one that is here.
  const version = await runs(join(folder, "dockerd"), ["--version"], work);
  if (isOld(version)) throw new Error(`apt has no newer one: ${version}`);
  await runs(join(folder, "containerd"), ["--version"], work);
}
