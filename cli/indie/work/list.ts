import { isDeepStrictEqual } from "node:util";
import type { Project } from "../../../spec/project.ts";
import { projectUrl } from "../../../spec/url.ts";
import type { StackConfig } from "../../../spec/stackConfig.ts";
import { stackOption } from "../../options.ts";
import { type Context, strong } from "../context.ts";
import type { ListJson } from "../json.ts";
import { columns, NoState, stackProjects, type StackProjects } from "./outputs.ts";

/** `indie list`: what the file says, beside what the server has. */
export async function list(context: Context): Promise<void> {
  const { there, unknown, loaded } = await besidePulumi(context);
  const file = loaded.openProjectsFile(context);
  const option = stackOption(context.stack);
  const wanted = file.load(file.text);
  const result = listJson({ config: file.config, wanted, there });
  if (context.json) return context.print(JSON.stringify(result, undefined, 2));
  if (result.projects.length === 0) return context.print(`${file.name} has no project yet. The first: npx indie add${option}`);
  for (const line of renderList(result)) context.print(line);
  if (unknown !== undefined) context.note(`! What the server has is not known: this is ${file.name} alone. ${unknown.message}`);
  else if (!result.isUp) context.note(`The stack ${context.stack} was never brought up: this is ${file.name} alone. Next: npx indie up${option}`);
}

/**
 * Pulumi takes longer than anything of ours: what reads and checks the file is loaded while it works.
 *
 * @returns as `unknown`, why nobody can tell what is there. A program gets no list then: it would take each project for a new one
 */
async function besidePulumi({ stack, tools, json }: Context) {
  const ready = await tools();
  const asked = stackProjects({ stack, tools: async () => ready }).then(
    (there) => ({ there, unknown: undefined }),
    (error: unknown) => {
      if (!(error instanceof NoState) || json) throw error;
      return { there: undefined, unknown: error };
    },
  );
  const [{ there, unknown }, loaded] = await Promise.all([asked, import("./projectsFile.ts")]);
  return { there, unknown, loaded };
}

export interface ListArgs {
  config: StackConfig;
  /** As the file has them. */
  wanted: Project[];
  /** As the last update left them; undefined where there was none. */
  there: StackProjects | undefined;
}

export function listJson({ config, wanted, there = undefined }: ListArgs): ListJson {
  const names = new Set(wanted.map(({ name }) => name));
  const gone = Object.entries(there ?? {}).filter(([name]) => !names.has(name));
  return {
    stack: config.stack,
    isUp: there !== undefined,
    projects: [
      ...wanted.map((project) => ({
        name: project.name,
        url: projectUrl(project.name, config),
        ...seen(project),
        pending: pending(project, there?.[project.name]),
      })),
      ...gone.map(([name, project]) => ({ name, url: project.url, ...seen(project), pending: "gone" as const })),
    ],
  };
}

type Seen = Pick<Project, "architecture" | "state" | "domains">;

/** What the outputs show of a project. */
const seen = ({ architecture, state, domains }: Seen): Seen => ({ architecture, state, domains: domains.toSorted() });

function pending(project: Project, there: Seen | undefined): ListJson["projects"][number]["pending"] {
  // Of one that was purged there is nothing but its backups, and its entry may stay (components/backupStatus.ts).
  if (there === undefined) return project.state === "removed" ? "nothing" : "new";
  return isDeepStrictEqual(seen(project), seen(there)) ? "nothing" : "changed";
}

const PENDING = { nothing: "", new: "new: comes with the next up", changed: "changes with the next up", gone: "on the server, not in the file" };

export function renderList({ projects, isUp }: Pick<ListJson, "projects" | "isUp">): string[] {
  const rows = projects.map(({ name, architecture, state, url, pending }) => [name, architecture, state, url, isUp ? PENDING[pending] : ""]);
  const [head = "", ...lines] = columns([["name", "architecture", "state", "address", ""], ...rows]);
  return [strong(head), ...lines];
}
