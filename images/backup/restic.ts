// restic, the repository's program (https://restic.readthedocs.io/en/stable/). Where the repository is and what opens it, it finds in the environment.
import type { Readable } from "node:stream";
import { execa, ExecaError } from "execa";
import { firstLine, Stop } from "./stop.ts";

export interface Snapshot {
  id: string;
  /** SHA-256 of all that is in it, which a copy of the snapshot in another repository has too. */
  tree: string;
  time: string;
  tags?: string[];
  paths: string[];
}

/** How a snapshot's tags say what it is: restic's own words, `key=value`. */
export interface Tags {
  project: string;
  /** Of the backup. */
  backup: string;
  kind: string;
  /** `before`: the files before the dump. `set`: files, dump and all else. `proof`: the manifest with the level reached. */
  part: "before" | "set" | "proof";
  /** Of a proof: how far it got. */
  level?: number;
}

const renderTags = (tags: Partial<Tags>): string => Object.entries(tags).map(([key, value]) => `${key}=${value}`).join(",");

export const readTags = ({ tags = [] }: Snapshot): Partial<Record<keyof Tags, string>> => Object.fromEntries(tags.map((tag) => tag.split("=", 2)));

/** Waits for another restic that has the repository; ours take turns, but a person may look at it by hand. */
const RETRY = ["--retry-lock", "5m"];

const explained = (command: string | undefined, error: unknown): unknown =>
  error instanceof ExecaError ? new Stop(`restic ${command}: ${firstLine(error.stderr || error.shortMessage)}`) : error;

async function restic(...args: string[]): Promise<string> {
  try {
    return (await execa("restic", ["--quiet", ...RETRY, ...args], { stdin: "ignore" })).stdout;
  } catch (error) {
    throw explained(args[0], error);
  }
}

/** What tells one repository from another; undefined where there is none at all. @throws Stop where it can not be opened */
export async function repositoryId(): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await execa("restic", ["--quiet", "cat", "config"], { stdin: "ignore", reject: false });
  if (exitCode === 0) return (JSON.parse(stdout) as { id: string }).id;
  // There is none (restic ≥ 0.17, https://restic.readthedocs.io/en/stable/075_scripting.html#exit-codes).
  if (exitCode === 10) return undefined;
  throw new Stop(`The repository can not be opened: ${firstLine(stderr)}`);
}

/** Where it is, for people; no secret is in it (spec/stackConfig.ts). */
export function place(): string {
  const place = process.env.RESTIC_REPOSITORY ?? "";
  return place.startsWith("/") ? "this server's own volume or folder of backups" : place;
}

export const init = (): Promise<string> => restic("init");

export async function version(): Promise<string> {
  return (await execa("restic", ["version"])).stdout.split(" ")[1] ?? "";
}

/**
 * Files with their owners, times and extended attributes.
 *
 * @param time ISO 8601; the time that the repository's rules go by
 */
export const save = (host: string, tags: Tags, time: string, paths: string[]): Promise<string> =>
  restic("backup", "--host", host, "--tag", renderTags(tags), "--time", time.replace("T", " ").replace(/\..*$/, ""), ...paths);

/** Those that have all these tags, the oldest first. */
export async function snapshots(tags: Partial<Tags>): Promise<Snapshot[]> {
  const found = JSON.parse(await restic("snapshots", "--json", "--tag", renderTags(tags))) as Snapshot[] | null;
  return (found ?? []).toSorted((one, other) => (one.time < other.time ? -1 : 1));
}

/** @param path within the snapshot; lands in `target` with its whole path */
export const restore = (snapshot: string, path: string, target: string): Promise<string> => restic("restore", snapshot, "--include", path, "--target", target);

/** One file's text. */
export const readFile = (snapshot: string, path: string): Promise<string> => restic("dump", snapshot, path);

/** Reads every byte of a folder back, and keeps nothing: restic compares each part with its SHA-256. */
export async function readBack(snapshot: string, path: string): Promise<void> {
  const { exitCode, stderr } = await execa("restic", ["--quiet", "dump", "--archive", "tar", snapshot, path], { stdin: "ignore", stdout: "ignore", reject: false });
  if (exitCode !== 0) throw new Stop(`restic dump: ${firstLine(stderr)}`);
}

/** A folder's content as a tar, names from that folder on. @throws Stop where the repository fails, whatever was read until then */
export async function readTar(snapshot: string, path: string, use: (tar: Readable) => Promise<void>): Promise<void> {
  const program = execa("restic", ["--quiet", "dump", "--archive", "tar", `${snapshot}:${path}`, "/"], { stdin: "ignore", buffer: { stdout: false }, reject: false });
  const ended = program.then(({ exitCode, stderr }) => {
    if (exitCode !== 0) throw new Stop(`restic dump: ${firstLine(stderr)}`);
  });
  try {
    await Promise.all([use(program.stdout), ended]);
  } finally {
    // Where nobody reads on, it would wait for ever.
    program.kill();
  }
}

/** The paths of the plain files below a path, one by one: a project may have very many. */
export async function* list(snapshot: string, path: string): AsyncGenerator<string> {
  try {
    const listing = execa("restic", ["--quiet", ...RETRY, "ls", "--json", "--recursive", snapshot, path], { stdin: "ignore", buffer: { stdout: false } });
    for await (const line of listing.iterable()) {
      const node = JSON.parse(line) as { type?: string; path?: string };
      if (node.type === "file" && node.path !== undefined) yield node.path;
    }
  } catch (error) {
    throw explained("ls", error);
  }
}

/** Those that the rule would not keep, of the snapshots that have all tags of one of the lists. */
export async function notKept(lists: Partial<Tags>[], rule: string[]): Promise<Snapshot[]> {
  const tags = lists.flatMap((list) => ["--tag", renderTags(list)]);
  const groups = JSON.parse(await restic("forget", "--json", "--dry-run", "--group-by", "", ...tags, ...rule)) as { remove: Snapshot[] | null }[] | null;
  return (groups ?? []).flatMap(({ remove }) => remove ?? []);
}

/** The snapshots go; what only they had, by the next {@link prune}. */
export const forget = (ids: string[]): Promise<string> => restic("forget", ...ids);
export const prune = (): Promise<string> => restic("prune");

/** The repository's structure, and a part of its data. */
export const check = (subset: string): Promise<string> => restic("check", `--read-data-subset=${subset}`);
