import { SourceFile } from "../../../spec/document.ts";
import { valueAt } from "../../../spec/explain.ts";
import type { Project } from "../../../spec/project.ts";
import { studioUrl } from "../../../spec/url.ts";
import { stackOption } from "../../options.ts";
import { Stop } from "../../report.ts";
import { pulumi } from "../../steps/stack.ts";
import type { Context } from "../context.ts";
import type { StudioJson } from "../json.ts";
import { projectsOf } from "../edit/edit.ts";
import { projectsOfFile, requireProject } from "./change.ts";
import { needStackProjects } from "./outputs.ts";
import { openProjectsFile, type ProjectsFile } from "./projectsFile.ts";
import { NOT_CHECKED, refuseTooSmall, renderRoom, type Room, roomOf, serverHas } from "./room.ts";

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
  else refuseOn(context, file, projects.find((each) => each.name === name)!);
  const pending = ((await needStackProjects(context))[name]?.studio !== undefined) === off;
  const room = isAlways ? undefined : await set(context, file, { name, off });
  const url = studioUrl(name, file.config);
  if (context.json) {
    const result: StudioJson = { stack: context.stack, project: name, on: !off, changed: room !== undefined, pending, ...(off ? {} : { url }), ...(room === undefined ? {} : { memory: room }) };
    return context.print(JSON.stringify(result, undefined, 2));
  }
  if (!isAlways) context.print(`✓ ${name}'s Studio is ${off ? "off" : "on"} ${room === undefined ? "already. Nothing was changed." : `in the stack's setting studio (${renderRoom(room)})`}`);
  const option = stackOption(context.stack);
  if (pending && !up) return context.print(`Next: npx indie up${option}`);
  if (up) await (await import("./up.ts")).runUp({ stack: context.stack, pulumiArgs: [], emptyServer: false });
  if (!off) context.print(`${room !== undefined || up ? "" : "It runs: "}${url}; user and password: npx indie keys ${name}${option}`);
}

/** As it is without the setting: `always`, or the default of an isolated one. */
const runsAlways = (file: ProjectsFile, name: string): boolean => file.load(file.text, []).some((each) => each.name === name && each.services.studio);

function refuseOff({ name: file }: ProjectsFile, name: string, isAlways: boolean): void {
  if (isAlways)
    throw new Stop(`${name}'s Studio runs always, as isolated projects have it by default. Nothing was changed.
To have it on demand, write services: { studio: on-demand } into its entry in ${file}.`);
}

function refuseOn({ stack }: Context, file: ProjectsFile, { name, state }: Project): void {
  if (state !== "present")
    throw new Stop(`${name} is ${state}, and has no Studio. Nothing was changed. To have it back: npx indie resume ${name}${stackOption(stack)}`);
  if (studioWord(file, name) === "off")
    throw new Stop(`${name} says services.studio: off in ${file.name}. Nothing was changed. Take that word out of there, and run the same command again.`);
}

/** As it is written, in the entry or in the defaults. */
function studioWord({ text, name: file }: ProjectsFile, name: string): unknown {
  const { value } = new SourceFile(text, file);
  const entry = projectsOf(value).find((each) => valueAt(each, ["name"]) === name);
  return valueAt(entry, ["services", "studio"]) ?? valueAt(value, ["defaults", "services", "studio"]);
}

/** @returns what memory that takes; undefined where the setting says so already */
async function set(context: Context, file: ProjectsFile, { name, off }: { name: string; off: boolean }): Promise<Room | undefined> {
  const { studio: named } = file.config;
  if (named.includes(name) !== off) return undefined;
  const wanted = off ? named.filter((each) => each !== name) : [...named, name];
  const projects = { before: file.load(file.text), after: file.load(file.text, wanted) };
  const room = roomOf(projects, await serverHas(context), file);
  if (!off) refuseTooSmall(projects, room, file);
  const { run, env } = await context.tools();
  await pulumi({ run, env, stack: context.stack }, wanted.length === 0 ? ["config", "rm", SETTING] : ["config", "set", SETTING, wanted.join(",")]);
  if (room.available === null && !off) context.note(NOT_CHECKED);
  return room;
}
