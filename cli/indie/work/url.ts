import { stackOption } from "../../options.ts";
import { Stop } from "../../report.ts";
import type { Context } from "../context.ts";
import type { UrlJson } from "../json.ts";
import { projectsOfStack, requireProject } from "./change.ts";
import { columns, needStackProjects } from "./outputs.ts";

/**
 * `indie url`: the address of one project, alone, for scripts; without a name those of all.
 *
 * @throws Stop where it is not on the server
 */
export async function url(context: Context, name: string | undefined): Promise<void> {
  const all = await needStackProjects(context);
  if (name !== undefined) requireProject(Object.keys(all), name, projectsOfStack(context));
  const projects: UrlJson["projects"] = Object.entries(all)
    .filter(([each]) => name === undefined || each === name)
    .map(([each, { url: address, domains, studio }]) => ({
      name: each,
      url: address,
      domains,
      ...(studio === undefined ? {} : { studioUrl: studio.url }),
    }));
  if (context.json) return context.print(JSON.stringify({ stack: context.stack, projects } satisfies UrlJson, undefined, 2));
  if (projects.length === 0) throw new Stop(`The stack ${context.stack} has no project. The first: npx indie add${stackOption(context.stack)}`);
  const lines =
    name === undefined ? columns(projects.map(({ name: each, url: address }) => [each, address])) : projects.map(({ url: address }) => address);
  for (const line of lines) context.print(line);
}
