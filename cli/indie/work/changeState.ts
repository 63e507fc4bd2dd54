import type { Project } from "../../../spec/project.ts";
import { stackOption } from "../../options.ts";
import { Misuse, Stop } from "../../report.ts";
import type { Context } from "../context.ts";
import { setState } from "../edit/setState.ts";
import { change, projectsOfFile, requireProject } from "./change.ts";
import { openProjectsFile } from "./projectsFile.ts";

type State = Project["state"];

/** What becomes of it with the next `up`. */
function next(state: State, { name, purgeAfterDays }: Project, stack: string): string[] {
  const [up, back] = [`Next: npx indie up${stackOption(stack)}.`, `npx indie resume ${name}${stackOption(stack)}`];
  const says: Record<State, string[]> = {
    present: [`${up} Its services start, with data, keys and address as before.`],
    suspended: [`${up} Its services stop, its address answers 503; everything else is kept. Back: ${back}`],
    removed: [
      `${up} Its address answers 410, nobody can log in, and a last backup is made and proven.`,
      `After ${purgeAfterDays} days database and files are deleted. Until then it comes back by: ${back} (docs/backups.md)`,
    ],
  };
  return says[state];
}

/**
 * `indie remove`, `suspend`, `resume`: one word in the file.
 *
 * @throws Stop where there is no such project
 */
export async function changeState(context: Context, name: string | undefined, state: State, verb: string): Promise<void> {
  const file = openProjectsFile(context);
  const projects = file.load(file.text);
  const chosen =
    name ??
    (await chooseProject(
      context,
      projects.filter((project) => project.state !== state).map((project) => project.name),
      verb,
    ));
  requireProject(
    projects.map((project) => project.name),
    chosen,
    projectsOfFile(file),
  );
  const project = projects.find((each) => each.name === chosen)!;
  await change(context, file, {
    project: chosen,
    edited: setState(file.text, file.name, chosen, state),
    says: `${chosen} is ${state}`,
    next: next(state, project, context.stack),
    grows: state === "present",
  });
}

/** @throws Misuse where nobody can be asked */
export async function chooseProject({ ask, stack }: Pick<Context, "ask" | "stack">, names: readonly string[], verb: string): Promise<string> {
  if (ask === undefined) throw new Misuse(`Which project? npx indie ${verb} <project>${stackOption(stack)}`);
  if (names.length === 0) throw new Stop(`There is no project to ${verb}.`);
  return (await ask()).choose({ message: `Which project to ${verb}`, choices: names.map((value) => ({ value, label: value })) });
}
