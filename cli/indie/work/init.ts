import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { nameMistake } from "../../../spec/names.ts";
import { ARCHITECTURES, type Project } from "../../../spec/project.ts";
import { stackOption } from "../../options.ts";
import { Misuse, Stop } from "../../report.ts";
import type { Ask, Context } from "../context.ts";
import { addProject } from "../edit/addProject.ts";
import { projectsPlace, type ProjectsPlace } from "./projectsFile.ts";

export interface InitWish {
  server?: string;
  project?: string;
  architecture?: Project["architecture"];
}

/**
 * `indie init`: a projects.yaml where there is none.
 *
 * @throws Stop where there is one
 */
export async function init(context: Context, wish: InitWish): Promise<void> {
  const place = projectsPlace(context);
  if (existsSync(place.path)) throw new Stop(`There is a ${place.name} already. Nothing was changed. One more project: npx indie add${stackOption(context.stack)}`);
  const mistake = wish.project === undefined ? undefined : nameMistake(wish.project);
  if (mistake !== undefined) throw new Misuse(`The name ${mistake}`);
  const answers = await completed(context, place, wish);
  const text = renderFile(place, answers, schemaPath(context, place));
  place.load(text);
  mkdirSync(dirname(place.path), { recursive: true });
  // Never over one that somebody made in the meantime.
  writeFileSync(place.path, text, { flag: "wx" });
  context.print(`✓ ${place.name} is made`);
  // Where its projects live is what comes next, but for the stack that takes them all.
  const option = stackOption(place.config.placement === "all" ? context.stack : answers.server);
  context.print(`Next: npx indie ${answers.project === undefined ? "add" : "up"}${option}`);
}

/** `./schema/projects.schema.json`, as the file's editor finds it. */
const schemaPath = ({ folder }: Pick<Context, "folder">, { path }: ProjectsPlace): string => {
  const found = relative(dirname(path), join(folder, "schema", "projects.schema.json"));
  return found.startsWith(".") ? found : `./${found}`;
};

/** A stack that takes all projects, as this computer's does, is no server that they live on. */
const defaultServer = ({ config }: ProjectsPlace): string => (config.placement === "all" ? "prod" : config.stack);

/** What was said is not asked for. */
async function completed(context: Context, place: ProjectsPlace, wish: InitWish): Promise<InitWish & { server: string }> {
  if (context.ask === undefined) return { ...wish, server: wish.server ?? defaultServer(place) };
  const ask = await context.ask();
  const server = wish.server ?? (await ask.text({ message: "The stack (= server) that projects live on", initial: defaultServer(place) }));
  const project =
    wish.project ??
    ((await ask.text({
      message: "The first project's name (none yet: just Enter)",
      placeholder: "blog",
      check: (text) => (text === "" ? undefined : nameMistake(text)),
    })) ||
      undefined);
  return { server, project, architecture: project === undefined ? undefined : (wish.architecture ?? (await askArchitecture(ask))) };
}

const askArchitecture = (ask: Ask): Promise<Project["architecture"]> =>
  ask.choose({ message: "Its architecture", choices: ARCHITECTURES.map((value) => ({ value, label: value })) });

export function renderFile(
  { name }: Pick<ProjectsPlace, "name">,
  { server, project, architecture = "shared" }: InitWish & { server: string },
  schema: string,
): string {
  const empty = `# yaml-language-server: $schema=${schema}
# Every Supabase project that you run. Each field: docs/projects-yaml.md
defaults:
  server: ${JSON.stringify(server)} # the stack (= server) that projects live on; the stack dev, this computer, takes them all

projects: []
`;
  return project === undefined ? empty : addProject(empty, name, { name: project, architecture });
}
