// The certificates that nginx reads. A version is there whole before a symlink leads to it.
import { randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Described, describe, type Pair } from "./certificate.ts";
import { readJson, readText, writeText } from "./files.ts";
import { isCertificateName } from "./names.ts";
import { GENERATION, LIVE, VERSIONS, WEBROOT } from "./places.ts";

/** `placeholder` and `self-signed` are our own; `manual` was put here by who has it from elsewhere. */
export type Source = "placeholder" | "self-signed" | "manual" | "acme";

export interface About {
  source: Source;
  /** The ACME directory that it is of. */
  server?: string;
}

export interface Held extends About, Described {}

/** Versions kept of each: the way back, by hand. */
const KEPT = 3;
const KEY_MODE = 0o600;

/** nginx's workers, which are nobody, read the webroot; its master, which is root, the rest. */
export async function prepareFolders(): Promise<void> {
  await makeFolder(VERSIONS, 0o700);
  const challenges = [WEBROOT, join(WEBROOT, ".well-known"), join(WEBROOT, ".well-known", "acme-challenge")];
  for (const folder of [LIVE, ...challenges]) await makeFolder(folder, 0o755);
}

/** Whatever the umask is. */
async function makeFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
}

export async function heldNames(): Promise<string[]> {
  return (await readdir(LIVE).catch(() => [])).filter(isCertificateName).sort();
}

/** Undefined also where its files can not be read as what they are: it is made anew then. */
export async function readHeld(name: string): Promise<Held | undefined> {
  const folder = join(LIVE, name);
  try {
    const [fullchain, about] = [await readText(join(folder, "fullchain.pem")), await readJson<About>(join(folder, "about.json"))];
    return fullchain === undefined || about === undefined ? undefined : { ...about, ...describe(fullchain) };
  } catch {
    return undefined;
  }
}

/** Puts it in the place of what was there. To be called with the lock `files`, of what was found to be right (certificate.ts). */
export async function install(name: string, { fullchain, privkey }: Pair, about: About): Promise<void> {
  const versions = join(VERSIONS, name);
  const unfinished = join(versions, ".new");
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await writeFile(join(unfinished, "privkey.pem"), privkey, { mode: KEY_MODE, flush: true });
  await writeFile(join(unfinished, "fullchain.pem"), fullchain, { mode: 0o644, flush: true });
  await writeFile(join(unfinished, "about.json"), `${JSON.stringify(about)}\n`, { mode: 0o644, flush: true });
  const numbers = await versionNumbers(versions);
  const version = (numbers.at(-1) ?? 0) + 1;
  await rename(unfinished, join(versions, String(version)));
  await pointTo(name, version);
  await changeGeneration();
  for (const old of [...numbers, version].slice(0, -KEPT)) await rm(join(versions, String(old)), { recursive: true });
}

async function versionNumbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b);
}

/** By rename(2): whoever looks has the one version or the other. Relative, as nginx has the volume elsewhere. */
async function pointTo(name: string, version: number): Promise<void> {
  const unfinished = join(LIVE, `.${name}.new`);
  await rm(unfinished, { force: true });
  await symlink(`../versions/${name}/${version}`, unfinished);
  await rename(unfinished, join(LIVE, name));
}

const changeGeneration = (): Promise<void> => writeText(GENERATION, `${randomUUID()}\n`, 0o644);

/** With its keys. To be called with the lock `files`. */
export async function removeHeld(name: string): Promise<void> {
  await rm(join(LIVE, name), { force: true });
  await rm(join(VERSIONS, name), { recursive: true, force: true });
  await changeGeneration();
}
