// projects.yaml, as the commands read and write it.
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { SpecError } from "../../../spec/error.ts";
import { loadProjects } from "../../../spec/load.ts";
import type { Project } from "../../../spec/project.ts";
import { readStackConfig, type StackConfig } from "../../../spec/stackConfig.ts";
import { Stop } from "../../report.ts";
import { readStackFile, settingOf } from "../../stackFile.ts";
import type { Context } from "../context.ts";

/** Which file it is, and what the stack says about it. */
export interface ProjectsPlace {
  /** As the stack's config has it: `projects.yaml`. */
  name: string;
  path: string;
  config: StackConfig;
  /** The projects of this stack that a text says. @throws SpecError with all its mistakes */
  load: (text: string) => Project[];
}

export interface ProjectsFile extends ProjectsPlace {
  text: string;
}

/** @throws SpecError where the stack's settings are wrong */
export function projectsPlace({ folder, stack }: Pick<Context, "folder" | "stack">): ProjectsPlace {
  const stackFile = readStackFile(stack, folder);
  const config = readStackConfig((key) => settingOf(stackFile, key), stack);
  const name = config.projectsFile;
  return {
    name,
    path: resolve(folder, name),
    config,
    load: (text) => loadProjects(text, name, config, (key) => settingOf(stackFile, key) !== undefined).projects,
  };
}

/** @throws Stop where there is none */
export function openProjectsFile(context: Pick<Context, "folder" | "stack">): ProjectsFile {
  const place = projectsPlace(context);
  try {
    return { ...place, text: readFileSync(place.path, "utf8") };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new Stop(`There is no ${place.name} yet. Make one: npx indie init`);
    throw new Stop(`${place.name} can not be read (${code}).`);
  }
}

export interface Projects {
  before: Project[];
  after: Project[];
}

/**
 * What an edited text changes.
 *
 * @throws Stop with every mistake: of the file as it is, where that is wrong already, else of what it would be
 */
export function compare(file: ProjectsFile, edited: string): Projects {
  const before = attempt(file, file.text);
  const after = attempt(file, edited);
  if (!(after instanceof SpecError)) return { before: before instanceof SpecError ? [] : before, after };
  throw before instanceof SpecError
    ? new Stop(`${file.name} has to be mended first. Nothing was changed.\n${before.message}`)
    : new Stop(`${file.name} would not be right with it. Nothing was changed.\n${after.message}`);
}

function attempt(file: ProjectsFile, text: string): Project[] | SpecError {
  try {
    return file.load(text);
  } catch (error) {
    if (error instanceof SpecError) return error;
    throw error;
  }
}

/**
 * Puts an edited text in the file's place, whole or not at all; the file's mode and owner stay. It runs without waiting, so that Ctrl-C comes
 * before it or after it.
 *
 * @throws Stop where the file is another one than the one that was edited
 */
export function writeProjectsFile({ name, path, text }: ProjectsFile, edited: string): void {
  // A link stays one.
  const file = realpathSync(path);
  if (readFileSync(file, "utf8") !== text)
    throw new Stop(`${name} was changed by somebody else in the meantime. Nothing was written: run the same command again.`);
  const { mode, uid, gid } = statSync(file);
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}`);
  try {
    writeDraft(draft, edited, mode & 0o7777);
    if (uid !== process.getuid?.()) chownSync(draft, uid, gid);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw code === "EACCES" || code === "EPERM" || code === "EROFS" ? new Stop(`${name} can not be written (${code}). Nothing was changed.`) : error;
  }
}

function writeDraft(draft: string, text: string, mode: number): void {
  const handle = openSync(draft, "wx", mode);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  // Whatever the umask took away.
  chmodSync(draft, mode);
}

/** What an edit changed, as lines: those that went, and those that came. */
export function changedLines(before: string, after: string): string[] {
  const [from, to] = [before, after].map((text) => text.replace(/^\ufeff/, "").split(/\r?\n/)) as [string[], string[]];
  let start = 0;
  while (start < Math.min(from.length, to.length) && from[start] === to[start]) start++;
  let end = 0;
  while (end < Math.min(from.length, to.length) - start && from.at(-1 - end) === to.at(-1 - end)) end++;
  const part = (lines: string[], sign: string) =>
    lines
      .slice(start, lines.length - end)
      .filter((line) => line.trim() !== "")
      .map((line) => `${sign} ${line}`);
  return [...part(from, "-"), ...part(to, "+")];
}
