// projects.yaml, as the commands read and write it.
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { SpecError } from "../../../spec/error.ts";
import { loadProjects } from "../../../spec/load.ts";
import type { Project } from "../../../spec/project.ts";
import { readStackConfig, type StackConfig } from "../../../spec/stackConfig.ts";
import { stackOption } from "../../options.ts";
import { Stop } from "../../report.ts";
import { readStackFile, settingOf } from "../../stackFile.ts";
import type { Context } from "../context.ts";
import { replaceFile } from "./replaceFile.ts";

/** Which file it is, and what the stack says about it. */
export interface ProjectsPlace {
  /** As the stack's config has it: `projects.yaml`. */
  name: string;
  path: string;
  config: StackConfig;
  /**
   * The projects of this stack that a text says.
   *
   * @param studio in place of the setting of that name
   * @throws SpecError with all its mistakes
   */
  load: (text: string, studio?: string[]) => Project[];
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
    load: (text, studio = config.studio) =>
      loadProjects(text, name, { ...config, studio }, (key) => settingOf(stackFile, key) !== undefined, (path) => readdirSync(resolve(folder, path))).projects,
  };
}

/** @throws Stop where there is none */
export function openProjectsFile(context: Pick<Context, "folder" | "stack">): ProjectsFile {
  const place = projectsPlace(context);
  try {
    return { ...place, text: readFileSync(place.path, "utf8") };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new Stop(`There is no ${place.name} yet. Make one: npx indie init${stackOption(context.stack)}`);
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
 * Puts an edited text in the file's place; its mode stays.
 *
 * @throws Stop where the file is another one than the one that was edited
 */
export const writeProjectsFile = (file: ProjectsFile, edited: string): void => replaceFile(file, edited);

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
