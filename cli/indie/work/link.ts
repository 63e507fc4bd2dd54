import { isUtf8 } from "node:buffer";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { stackOption } from "../../options.ts";
import { Stop } from "../../report.ts";
import type { Context } from "../context.ts";
import { assignment, editEnv } from "../edit/envFile.ts";
import type { Framework } from "../frameworks.ts";
import type { LinkJson } from "../json.ts";
import { allVariables, defaultFile, frameworkIn, publicVariables, secretVariables } from "./envNames.ts";
import { warnOfGit } from "./git.ts";
import { projectWithSecrets } from "./oneProject.ts";
import { type FileRead, replaceFile } from "./replaceFile.ts";

/** What was typed. */
export interface LinkWish {
  file?: string;
  framework?: Framework;
  secrets?: boolean;
  force?: boolean;
  stdout?: boolean;
}

/** For nobody else's eyes: keys may be in it. */
const MODE = 0o600;

/**
 * `indie link`: what an app needs, under the names that it looks for, in its file of variables.
 *
 * @throws Stop where somebody else set one of them to something else; nothing is written then
 */
export async function link(context: Context, name: string | undefined, { file, secrets = false, force = false, stdout = false, ...wish }: LinkWish): Promise<void> {
  const project = await projectWithSecrets(context, { name, command: "link", verb: "link" });
  const framework = wish.framework ?? frameworkIn(context.calledFrom);
  const wanted = { ...publicVariables(project, framework), ...(secrets ? secretVariables(project) : {}) };
  if (stdout) return Object.entries(wanted).forEach(([each, value]) => context.print(assignment(each, value)));
  const there = readEnvFile(context, file ?? defaultFile(framework));
  const edited = editEnv(there.text, there.name, { project: project.name, wanted, known: allVariables(project), force, stack: context.stack });
  const isChanged = edited !== there.text;
  if (isChanged || modeOf(there.path) !== MODE) replaceFile(there, edited, MODE);
  const variables = Object.keys(wanted);
  if (context.json) {
    const result: LinkJson = { stack: context.stack, project: project.name, file: there.path, changed: isChanged, variables };
    context.print(JSON.stringify(result, undefined, 2));
  } else {
    context.print(`✓ ${there.name}: ${project.name}, ${project.url}${isChanged ? "" : ", already. Nothing was changed."}`);
    context.print(`    ${variables.join("\n    ")}`);
  }
  const back = `npx indie resume ${project.name}${stackOption(context.stack)}`;
  if (project.state !== "present") context.note(`! ${project.name} is ${project.state}: it answers once it is back (${back}).`);
  await warnOfGit(context, there.name, there.path);
}

function readEnvFile({ calledFrom }: Context, name: string): FileRead {
  const path = resolve(calledFrom, name);
  if (!existsSync(dirname(path))) throw new Stop(`There is no folder ${dirname(path)}.`);
  if (!existsSync(path)) return { name, path, text: undefined };
  const bytes = readBytes(name, path);
  // Written back, other bytes would not be the same.
  if (!isUtf8(bytes)) throw new Stop(`${name} can not be read (it is not UTF-8).`);
  return { name, path, text: bytes.toString("utf8") };
}

function readBytes(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Stop(`${name} can not be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;
