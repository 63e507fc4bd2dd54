// restic, the repository's program (https://restic.readthedocs.io/en/stable/). Where the repository is and what opens it, it finds in the environment.
import { execa, ExecaError, type Options } from "execa";
import { hostname } from "node:os";
import type { Readable } from "node:stream";
import { endsWithUs } from "./programs.ts";
import { firstLine, Hindered, isFromOutside, Stop } from "./stop.ts";

export interface Snapshot {
  id: string;
  /** SHA-256 of all that is in it, which a copy of the snapshot in another repository has too. */
  tree: string;
  time: string;
  /** {@link SaveArgs.host} */
  hostname: string;
  tags?: string[];
  paths: string[];
}

/** How a snapshot's tags say what it is: restic's own words, `key=value`. */
export interface Tags {
  project: string;
  /** Of the backup. */
  backup: string;
  kind: string;
  /**
   * `before`: the files before the dump. `during`: those of its moment that are newer, if any. `set`: files, dump and all else. `proof`: the manifest with
   * the level reached.
   */
  part: "before" | "during" | "set" | "proof";
  /** Of a proof: how far it got. */
  level?: number;
}

const renderTags = (tags: Partial<Tags>): string => Object.entries(tags).map(([key, value]) => `${key}=${value}`).join(",");

export const readTags = ({ tags = [] }: Snapshot): Partial<Record<keyof Tags, string>> => Object.fromEntries(tags.map((tag) => tag.split("=", 2)));

/** Waits for another restic that has the repository; ours take turns, but a person may look at it by hand. */
const RETRY = ["--retry-lock", "5m"];

const run = <T extends Options>(args: string[], options: T) => execa(...endsWithUs("restic", ["--quiet", ...args]), { ...options, stdin: "ignore" });

/** Without what restic keeps here of snapshots, indexes and folders: what is proven is what the repository has, which may be all that is left. */
const FROM_REPOSITORY = "--no-cache";

const explained = (command: string | undefined, error: unknown): unknown => (error instanceof ExecaError ? failure(`restic ${command}`, error) : error);

/** How it ended, as execa has it. */
export interface Ended {
  exitCode?: number;
  signal?: string;
  /** We ended it ourselves: it said too much. */
  isMaxBuffer?: boolean;
  stderr?: unknown;
  /** Node's own word, where it could not even begin. */
  originalMessage?: string;
}

/** restic's exit code where it was ended and could still clean up (https://restic.readthedocs.io/en/stable/075_scripting.html#exit-codes). */
const INTERRUPTED = 130;
/** Go's runtime, without memory or threads: it says so, and then where in its code (Go src/runtime/malloc.go, os_linux.go). */
const WITHOUT_MEMORY = /^(?:fatal error: |runtime: )+(?:out of memory|cannot allocate memory|failed to create new OS thread)/m;

/** Why a restic failed: Hindered, where that is of this server and says nothing of the repository. Pure. */
export function failure(what: string, { exitCode, signal, isMaxBuffer = false, stderr, originalMessage = "" }: Ended): Stop {
  const text = typeof stderr === "string" ? stderr : "";
  if ((isFromOutside(signal) && !isMaxBuffer) || exitCode === INTERRUPTED) return new Hindered(`${what}: it was ended by a signal${signal === undefined ? "" : ` (${signal})`}`);
  const [memory] = WITHOUT_MEMORY.exec(text) ?? [];
  if (memory !== undefined) return new Hindered(`${what}: ${memory}`);
  return new Stop(`${what}: ${reason(text) || firstLine(originalMessage) || "it does not say why"}`);
}

/** What restic says on stderr: with `--json` an object a line. */
interface Said {
  message: string;
  /** The file that it is about. */
  item?: string;
}

function readSaid(line: string): Said {
  try {
    const { message, error, item } = JSON.parse(line) as { message?: string; error?: { message: string }; item?: string };
    return { message: error?.message ?? message ?? line, item };
  } catch {
    return { message: line };
  }
}

/** Not what it failed of: what it can do without, what it tries again (restic cmd/restic/global.go, 0.18), and what it says when all is said. */
const ASIDE = /^(?:unable to (?:open|create) cache|Ignoring |Warning: |Summary: |Fatal: There (?:was|were) \d+ error)|returned error, retrying after |operation successful after /;
const said = (stderr: string): Said[] => stderr.split("\n").filter(Boolean).map(readSaid).filter(({ message }) => !ASIDE.test(message));

/** What it failed of. Pure. */
export const reason = (stderr: string): string => firstLine(said(stderr)[0]?.message ?? stderr);

/** What restic says of a file that the snapshot before has and whose parts are lost, before it stores it anew (internal/archiver/archiver.go, 0.18). */
const storedAgain = (item: string): string => `parts of ${item} not found in the repository index; storing the file again`;

/**
 * Whether all that a backup could not read was gone when it came to it: in a project that is in use, files come and go. What should be there,
 * its proof asks for. What it stores again, in a repository that was damaged and mended, it has. Pure.
 */
export const savedAllThatIsThere = (stderr: string): boolean =>
  said(stderr).every(({ message, item }) => item !== undefined && (message.endsWith(`${item}: no such file or directory`) || message === storedAgain(item)));

async function restic(...args: string[]): Promise<string> {
  try {
    return (await run([...RETRY, ...args], { maxBuffer: 1 << 30 })).stdout;
  } catch (error) {
    throw explained(args[0], error);
  }
}

/** What tells one repository from another; undefined where there is none at all. @throws Stop where it can not be opened */
export async function repositoryId(): Promise<string | undefined> {
  const ended = await run(["cat", "config", "--no-lock"], { reject: false });
  if (ended.exitCode === 0) return (JSON.parse(ended.stdout) as { id: string }).id;
  // There is none (restic ≥ 0.17, https://restic.readthedocs.io/en/stable/075_scripting.html#exit-codes).
  if (ended.exitCode === 10) return undefined;
  throw failure("The repository can not be opened", ended);
}

/** Where the repository is a folder of this server; undefined where it is elsewhere. */
export function localFolder(env: Record<string, string | undefined> = process.env): string | undefined {
  const repository = env.RESTIC_REPOSITORY ?? "";
  return repository.startsWith("/") ? repository : undefined;
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

export interface SaveArgs {
  host: string;
  tags: Tags;
  /** ISO 8601; the time that the repository's rules go by. */
  time: string;
  paths: string[];
  /** The folder that relative paths begin at: they stand in the snapshot as if it were the root. */
  cwd?: string;
  /**
   * The snapshot to compare files with: what has the same time and size is not read again. Named, because restic would look through all
   * snapshots for one, and fail at any that is damaged. @default none
   */
  parent?: string;
}

/** Files with their owners, times and extended attributes. @returns the snapshot's id */
export async function save({ host, tags, time, paths, cwd, parent }: SaveArgs): Promise<string> {
  const options = ["--host", host, "--tag", renderTags(tags), "--time", time.replace("T", " ").replace(/\..*$/, ""), ...(parent === undefined ? ["--force"] : ["--parent", parent])];
  const ended = await run([...RETRY, "backup", "--json", ...options, ...paths], { reject: false, cwd });
  // 3: it could not read all (https://restic.readthedocs.io/en/stable/075_scripting.html#exit-codes).
  if (ended.exitCode !== 0 && !(ended.exitCode === 3 && savedAllThatIsThere(ended.stderr))) throw failure("restic backup", ended);
  return (JSON.parse(ended.stdout.trim().split("\n").at(-1)!) as { snapshot_id: string }).snapshot_id;
}

/**
 * Those that have all these tags, the oldest first; one that is damaged is left out. Without a lock, which is a file: on a full disk none can be
 * made, and it is to be said that the disk is full. Our jobs take turns (lock.ts).
 */
export async function snapshots(tags: Partial<Tags>): Promise<Snapshot[]> {
  const found = JSON.parse(await restic("snapshots", "--no-lock", "--json", ...(Object.keys(tags).length === 0 ? [] : ["--tag", renderTags(tags)]))) as Snapshot[] | null;
  return (found ?? []).toSorted((one, other) => (one.time < other.time ? -1 : 1));
}

/** @param path within the snapshot; lands in `target` with its whole path */
export const restore = (snapshot: string, path: string, target: string): Promise<string> => restic("restore", FROM_REPOSITORY, snapshot, "--include", path, "--target", target);

/** One file's text. */
export const readFile = (snapshot: string, path: string): Promise<string> => restic("dump", snapshot, path);

/** Reads every byte of a folder back, and keeps nothing: restic compares each part with its SHA-256. */
export async function readBack(snapshot: string, path: string): Promise<void> {
  const ended = await run([...RETRY, "dump", FROM_REPOSITORY, "--archive", "tar", snapshot, path], { stdout: "ignore", reject: false });
  if (ended.exitCode !== 0) throw failure("restic dump", ended);
}

/** A folder's content as a tar, names from that folder on. @throws Stop where the repository fails, whatever was read until then */
export async function readTar(snapshot: string, path: string, use: (tar: Readable) => Promise<void>): Promise<void> {
  const program = run(["dump", "--archive", "tar", `${snapshot}:${path}`, "/"], { buffer: { stdout: false }, reject: false });
  const ended = program.then((result) => {
    if (result.exitCode !== 0) throw failure("restic dump", result);
  });
  try {
    await Promise.all([use(program.stdout), ended]);
  } finally {
    // Where nobody reads on, it would wait for ever.
    program.kill();
  }
}

/**
 * The paths of the plain files below a path, one by one: a project may have very many.
 *
 * @param options such as `--no-lock`, where it is asked whether a disk is full: on one that is, no lock can be made
 */
export async function* list(snapshot: string, path: string, ...options: string[]): AsyncGenerator<string> {
  try {
    const listing = run([...RETRY, "ls", FROM_REPOSITORY, ...options, "--json", "--recursive", snapshot, path], { buffer: { stdout: false } });
    for await (const line of listing.iterable()) {
      const node = JSON.parse(line) as { type?: string; path?: string };
      if (node.type === "file" && node.path !== undefined) yield node.path;
    }
  } catch (error) {
    throw explained("ls", error);
  }
}

/** What the rule would keep, and what not, of the snapshots of a host that have all tags of one of the lists. */
export async function sorted(host: string, lists: Partial<Tags>[], rule: string[]): Promise<{ keep: Snapshot[]; remove: Snapshot[] }> {
  const tags = lists.flatMap((list) => ["--tag", renderTags(list)]);
  const groups = JSON.parse(await restic("forget", "--json", "--dry-run", "--group-by", "", "--host", host, ...tags, ...rule)) as Partial<Record<"keep" | "remove", Snapshot[] | null>>[] | null;
  const all = (which: "keep" | "remove") => (groups ?? []).flatMap((group) => group[which] ?? []);
  return { keep: all("keep"), remove: all("remove") };
}

/** The snapshots go; what only they had, by the next {@link prune}. */
export async function forget(ids: string[]): Promise<void> {
  if (ids.length > 0) await restic("forget", ...ids);
}
export const prune = (): Promise<string> => restic("prune");

/** Bytes of all files of a snapshot. */
export async function size(snapshot: string): Promise<number> {
  return (JSON.parse(await restic("stats", "--json", "--mode", "restore-size", snapshot)) as { total_size: number }).total_size;
}

/** A repository's lock, which restic renews every five minutes while it runs (restic internal/restic/lock.go, 0.18). */
export interface Lock {
  time: string;
  hostname: string;
}

const STALE_MINUTES = 30;

/**
 * Whether nobody has any of them any more: who of this host had one has ended, as our jobs take turns, or it was not renewed for long. Pure.
 */
export const areStale = (locks: readonly Lock[], host: string, now: Date): boolean =>
  locks.every((lock) => lock.hostname === host || now.getTime() - Date.parse(lock.time) > STALE_MINUTES * 60 * 1000);

/**
 * Takes away what a killed restic left, which would keep all others out. `restic unlock` alone asks whether there is a process of that number,
 * by sending it a SIGHUP: in a container that was restarted it is another's. Nothing happens where somebody elsewhere has the repository.
 */
export async function unlockStale(): Promise<void> {
  const ids = (await restic("list", "locks", "--no-lock")).split("\n").filter(Boolean);
  if (ids.length === 0) return;
  const locks = await Promise.all(ids.map(async (id) => JSON.parse(await restic("cat", "lock", id, "--no-lock")) as Lock));
  if (areStale(locks, hostname(), new Date())) await restic("unlock", "--remove-all");
}
