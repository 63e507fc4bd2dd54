// Pulumi's file backend, as far as set-up and recovery must know it: where it is, and what a killed CLI leaves in it.
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { root } from "./layout.ts";
import { Stop } from "./report.ts";

/** The Pulumi project's name, as Pulumi.yaml has it. */
export const PROJECT = "indie-ventures";

/**
 * The URL of a file backend whose every write is one rename. Without `metadata=skip` a second file, of attributes, is written in place
 * beside the state, and a CLI killed at that moment leaves it empty: "failed to load checkpoint: EOF" (gocloud.dev/blob/fileblob,
 * setAttrs; seen).
 */
export const fileBackend = (folder: string): string => `file://${folder}?metadata=skip`;

/** The folder that a backend URL names; undefined for a backend of another kind. */
export function backendFolder(url: string | undefined): string | undefined {
  if (!url?.startsWith("file://")) return undefined;
  const path = url.slice("file://".length).replace(/\?.*$/, "");
  return resolve(root, path.replace(/^~(?=\/|$)/, homedir()));
}

/** Where the locks of a stack are. */
export const locksFolder = (folder: string, stack: string): string => join(folder, ".pulumi", "locks", "organization", PROJECT, stack);

const stacksFolder = (folder: string): string => join(folder, ".pulumi", "stacks", PROJECT);

/** Copies of the state that Pulumi keeps after every step (PULUMI_DIY_BACKEND_RETAIN_CHECKPOINTS), for ever. */
const CHECKPOINTS_KEPT = 20;

/**
 * Puts a file backend in order that a killed CLI or a full disk has left, so that Pulumi can read it at all.
 * @returns what was done, in words; nothing where all is well
 */
export function mendBackend(folder: string, stack: string): string[] {
  const files = existsSync(stacksFolder(folder)) ? readdirSync(stacksFolder(folder)) : [];
  return [...dropUnwrittenLocks(folder, stack), ...dropEmptyAttributes(folder, files), ...restoreState(folder, stack, files), ...dropOldCheckpoints(folder, stack, files)];
}

/**
 * A lock is written beside its place and renamed. On a full disk what could not be written stays, and counts as a lock that Pulumi can not
 * read ("unexpected end of JSON input", also when there is room again; seen). Nobody holds it: its update ended before it began.
 */
function dropUnwrittenLocks(folder: string, stack: string): string[] {
  const locks = locksFolder(folder, stack);
  const unwritten = existsSync(locks) ? readdirSync(locks).filter((file) => file.endsWith(".tmp")) : [];
  for (const file of unwritten) rmSync(join(locks, file), { force: true });
  return unwritten.map((file) => `an update could not write its lock, as on a full disk: ${join(locks, file)} is taken away`);
}

/**
 * Empty files of attributes hide a state that is whole, in a backend whose URL lacks `metadata=skip`. Pulumi reads no attribute, so that
 * nothing is lost with them.
 */
function dropEmptyAttributes(folder: string, files: string[]): string[] {
  const empty = files.map((file) => join(stacksFolder(folder), file)).filter((file) => file.endsWith(".attrs") && statSync(file).size === 0);
  for (const file of empty) rmSync(file);
  return empty.map((file) => `an update was killed: the empty ${file} is taken away`);
}

/** Checkpoints of the stack, the newest first: `<stack>.json.<nanoseconds>`. */
const checkpoints = (stack: string, files: string[]): string[] =>
  files
    .filter((file) => file.startsWith(`${stack}.json.`) && /^\d+$/.test(file.slice(`${stack}.json.`.length)))
    // All of one length until the year 2286.
    .toSorted((a, b) => (a < b ? 1 : -1));

/** Whether a file holds a state, and all of it. */
function isWhole(file: string): boolean {
  try {
    return typeof JSON.parse(readFileSync(file, "utf8")) === "object";
  } catch {
    return false;
  }
}

/**
 * On a full disk Pulumi puts the part of a state that had room in the place of the whole one: gocloud.dev/blob renames a file that it
 * could not write to its end (WriteAll of v0.46.1; seen).
 */
function restoreState(folder: string, stack: string, files: string[]): string[] {
  const at = (file: string) => join(stacksFolder(folder), file);
  const state = at(`${stack}.json`);
  if (!existsSync(state) || isWhole(state)) return [];
  const copy = [...checkpoints(stack, files), `${stack}.json.bak`].find((file) => isWhole(at(file)));
  if (copy === undefined)
    throw new Stop(`The state of the stack "${stack}" is damaged, as by a full disk, and so are its copies: ${state}
Put a copy of yours in its place; Pulumi's own, of the time before each update, are in ${join(folder, ".pulumi", "backups", PROJECT, stack)}`);
  copyFileSync(state, `${state}.damaged`);
  copyFileSync(at(copy), `${state}.new`);
  renameSync(`${state}.new`, state);
  return [`the state was cut off, as by a full disk: the copy of its last whole step is put back (the damaged one: ${state}.damaged)`];
}

function dropOldCheckpoints(folder: string, stack: string, files: string[]): string[] {
  for (const file of checkpoints(stack, files).slice(CHECKPOINTS_KEPT))
    for (const path of [file, `${file}.attrs`]) rmSync(join(stacksFolder(folder), path), { force: true });
  return [];
}
