// Pulumi's file backend, as far as set-up and recovery must know it: where it is, and what a killed CLI leaves in it.
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { root } from "./layout.ts";

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

/**
 * Empty files of attributes hide a state that is whole, in a backend whose URL lacks `metadata=skip`. Pulumi reads no attribute, so that
 * nothing is lost with them.
 */
export function dropEmptyAttributes(folder: string): string[] {
  const stacks = join(folder, ".pulumi", "stacks", PROJECT);
  const files = existsSync(stacks) ? readdirSync(stacks).map((name) => join(stacks, name)) : [];
  const empty = files.filter((file) => file.endsWith(".attrs") && statSync(file).size === 0);
  for (const file of empty) rmSync(file);
  return empty;
}
