// What the commands that edit projects.yaml have in common: check, write, say.
import { nearest, quote } from "../../../spec/error.ts";
import type { Project } from "../../../spec/project.ts";
import { stackOption } from "../../options.ts";
import { Stop } from "../../report.ts";
import type { Context } from "../context.ts";
import type { ChangeJson } from "../json.ts";
import { changedLines, compare, type ProjectsFile, type ProjectsPlace, writeProjectsFile } from "./projectsFile.ts";
import { NOT_CHECKED, refuseTooSmall, renderRoom, type Room, roomOf, serverHas } from "./room.ts";

export interface Changed {
  /** In the file's words. */
  project: string;
  edited: string;
  /** For a person: `blog is added`. */
  says: string;
  /** What comes next, in lines. */
  next: string[];
  /** Whether it may take more memory than before. */
  grows: boolean;
}

/**
 * Checks the edited file as a whole, writes it, and says so.
 *
 * @throws Stop where it is not right, or does not fit; nothing is written then
 */
export async function change(context: Context, file: ProjectsFile, { project, edited, says, next, grows }: Changed): Promise<void> {
  const projects = compare(file, edited);
  const isChanged = edited !== file.text;
  const isHere = projects.after.some(({ name }) => name === project);
  const room = grows && isChanged && isHere ? roomOf(projects, await serverHas(context), file) : undefined;
  if (room !== undefined) refuseTooSmall(projects, room, file);
  if (isChanged) writeProjectsFile(file, edited);
  if (room?.available === null) context.note(NOT_CHECKED);
  if (context.json) return context.print(JSON.stringify(changeJson(file, project, projects.after, { isChanged, room }), undefined, 2));
  if (!isChanged) return context.print(`✓ ${file.name}: ${says} already. Nothing was changed.`);
  context.print(`✓ ${file.name}: ${says}${room === undefined ? "" : ` (${renderRoom(room)})`}`);
  for (const line of [...changedLines(file.text, edited).map((each) => `    ${each}`), ...next]) context.print(line);
}

function changeJson(file: ProjectsFile, name: string, after: Project[], { isChanged, room }: { isChanged: boolean; room?: Room }): ChangeJson {
  const project = after.find((each) => each.name === name);
  return {
    file: file.name,
    project: name,
    changed: isChanged,
    ...(project === undefined ? {} : { architecture: project.architecture, state: project.state, domains: project.domains }),
    ...(room === undefined ? {} : { memory: room }),
  };
}

/** Where a project is looked for. */
export interface Place {
  words: string;
  stack: string;
}

/** @throws Stop, with the name that was probably meant, where there is no such project */
export function requireProject(names: readonly string[], name: string, { words, stack }: Place): void {
  if (names.includes(name)) return;
  const meant = nearest(name, names);
  const how =
    meant !== undefined ? `did you mean ${meant}?` : names.length > 0 ? `there are ${names.join(", ")}` : `there is none yet: npx indie add${stackOption(stack)}`;
  throw new Stop(`${words} has no project ${quote(name)} → ${how}`);
}

/** The file, in words that say which of its projects are meant. */
export const projectsOfFile = ({ name, config: { placement, stack } }: ProjectsPlace): Place => ({
  words: placement === "all" ? name : `${name}, for the stack ${stack},`,
  stack,
});

export const projectsOfStack = ({ stack }: Pick<Context, "stack">): Place => ({ words: `The stack ${stack}`, stack });
