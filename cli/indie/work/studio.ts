import { SourceFile } from "../../../spec/document.ts";
import { valueAt } from "../../../spec/explain.ts";
import type { Project } from "../../../spec/project.ts";
import { studioUrl } from "../../../spec/url.ts";
import { stackOption } from "../../options.ts";
import { Stop } from "../../report.ts";
import { pulumi } from "../../steps/stack.ts";
import type { Context } from "../context.ts";
import { projectsOf } from "../edit/edit.ts";
import { projectsOfFile, requireProject } from "./change.ts";
import { needStackProjects } from "./outputs.ts";
import { openProjectsFile, type ProjectsFile } from "./projectsFile.ts";
import { NOT_CHECKED, refuseTooSmall, renderRoom, roomOf, serverHas } from "./room.ts";

/** What was typed. */
export interface StudioWish {
  off?: boolean;
  up?: boolean;
}

const SETTING = "indie-ventures:studio";

/**
 * `indie studio`: puts a project into the stack's setting `studio`, or takes it out, by `pulumi config`.
 *
 * @throws Stop where it has no Studio on demand, or it does not fit; nothing is changed then
 */
export async function studio(context: Context, name: string, { off = false, up = false }: StudioWish): Promise<void> {
  const file = openProjectsFile(context);
  const projects = file.load(file.text);
  requireProject(
    projects.map((each) => each.name),
    name,
    projectsOfFile(file),
  );
  const isAlways = runsAlways(file, name);
  if (off) refuseOff(file, name, isAlways);
  else refuseOn(file, projects.find((each) => each.name === name)!);
  const isRunning = (await needStackProjects(context))[name]?.studio !== undefined;
  const isChanged = isAlways ? false : await set(context, file, { name, off });
  if (isRunning === off && !up) return context.print(`Next: npx indie up${stackOption(context.stack)}`);
  if (up) await (await import("./up.ts")).runUp({ stack: context.stack, pulumiArgs: [], emptyServer: false });
  if (!off) context.print(`${isChanged || up ? "" : "It runs: "}${studioUrl(name, file.config)}; user and password: npx indie keys ${name}`);
}

/** As it is without the setting: `always`, or the default of an isolated one. */
const runsAlways = (file: ProjectsFile, name: string): boolean => file.load(file.text, []).some((each) => each.name === name && each.services.studio);

function refuseOff({ name: file }: ProjectsFile, name: string, isAlways: boolean): void {
  if (isAlways)
    throw new Stop(`${name}'s Studio runs always, as isolated projects have it by default. Nothing was changed.
To have it on demand, write services: { studio: on-demand } into its entry in ${file}.`);
}

function refuseOn(file: ProjectsFile, { name, state }: Project): void {
  if (state !== "present") throw new Stop(`${name} is ${state}, and has no Studio. Nothing was changed. To have it back: npx indie resume ${name}`);
  if (studioWord(file, name) === "off")
    throw new Stop(`${name} says services.studio: off in ${file.name}. Nothing was changed. Take that word out of there, and run the same command again.`);
}

/** As it is written, in the entry or in the defaults. */
function studioWord({ text, name: file }: ProjectsFile, name: string): unknown {
  const { value } = new SourceFile(text, file);
  const entry = projectsOf(value).find((each) => valueAt(each, ["name"]) === name);
  return valueAt(entry, ["services", "studio"]) ?? valueAt(value, ["defaults", "services", "studio"]);
}

/** @returns whether the setting is another one now */
async function set(context: Context, file: ProjectsFile, { name, off }: { name: string; off: boolean }): Promise<boolean> {
  const { studio: named } = file.config;
  const says = `${name}'s Studio is ${off ? "off" : "on"}`;
  if (named.includes(name) !== off) {
    context.print(`✓ ${says} already. Nothing was changed.`);
    return false;
  }
  const wanted = off ? named.filter((each) => each !== name) : [...named, name];
  const projects = { before: file.load(file.text), after: file.load(file.text, wanted) };
  const room = roomOf(projects, await serverHas(context), file);
  if (!off) refuseTooSmall(projects, room, file);
  const { run, env } = await context.tools();
  await pulumi({ run, env, stack: context.stack }, wanted.length === 0 ? ["config", "rm", SETTING] : ["config", "set", SETTING, wanted.join(",")]);
  if (room.available === null && !off) context.note(NOT_CHECKED);
  context.print(`✓ ${says} in the stack's setting studio (${renderRoom(room)})`);
  return true;
}
