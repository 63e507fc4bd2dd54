import { complete, merge } from "./complete.ts";
import { SourceFile } from "./document.ts";
import { nearest, SpecError } from "./error.ts";
import { explain } from "./explain.ts";
import { migrationFiles, migrationsFolder, type ReadFolder } from "./migrations.ts";
import type { Project } from "./project.ts";
import type { Mistake } from "./report.ts";
import { projectsFile, type ProjectsFile } from "./schema.ts";
import { wordsOff } from "./serviceMistakes.ts";
import type { StackConfig } from "./stackConfig.ts";
import { isOnStack, validate } from "./validate.ts";

/**
 * The projects of this stack, in the file's order.
 *
 * @param text what the file holds
 * @param file its name, for the report
 * @param isSet whether the stack's config has a key; its value is not asked for. @default nothing is checked
 * @param readFolder what is in a folder, by its path from where Pulumi.yaml is. @default no folder of migrations is looked at
 * @throws SpecError with every mistake of the file, also of projects on other stacks
 */
export function loadProjects(
  text: string,
  file: string,
  stack: StackConfig,
  isSet: (key: string) => boolean = () => true,
  readFolder: ReadFolder = () => [],
): { projects: Project[] } {
  const source = new SourceFile(text, file);
  if (source.value === null) source.refuse([{ offset: 0, text: "the file is empty → write projects: [] if there shall be no project" }]);
  const parsed = projectsFile.safeParse(source.value);
  const mistakes = [
    ...source.mistakes,
    ...beside(source.mistakes, explain(parsed.error?.issues ?? [], { source, stack: stack.stack })),
    ...validate({ source, stack, isSet, readFolder }),
  ];
  const off = wordsOff(source);
  source.refuse([...mistakes, ...beside(mistakes, source.ambiguous.filter(({ offset }) => !off.has(offset)))]);
  const { defaults, projects } = parsed.data as ProjectsFile;
  const merged = projects.map((project) => merge(defaults, project) as ProjectsFile["projects"][number]);
  const here = merged.filter(({ server }) => isOnStack(server, stack)).map((project) => ({ ...complete(project, stack), ...migrationsOf(project, file, readFolder) }));
  refuseUnknownStudios(here.map(({ name }) => name), stack);
  return { projects: here };
}

function migrationsOf({ migrations }: ProjectsFile["projects"][number], file: string, readFolder: ReadFolder): Pick<Project, "migrations"> {
  if (migrations === undefined) return {};
  const folder = migrationsFolder(file, migrations);
  return { migrations: { folder, files: migrationFiles(readFolder(folder)) } };
}

/** Once the file is right: a project that is written wrongly may be the one that is meant. */
function refuseUnknownStudios(names: string[], { studio, stack }: StackConfig): void {
  const unknown = studio.filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  const mistakes = unknown.map((name) => {
    const meant = nearest(name, names);
    const how = meant === undefined ? "take it out" : `did you mean ${meant}?`;
    return `indie-ventures:studio  names "${name}", which is no project of this stack → ${how}`;
  });
  const mended = [...new Set(studio.flatMap((name) => (names.includes(name) ? name : (nearest(name, names) ?? []))))];
  throw new SpecError([...mistakes, `  pulumi config set indie-ventures:studio "${mended.join(",")}" --stack ${stack}`].join("\n"));
}

/** Those of the second that are at other places than the first: one mistake is said once. */
function beside(first: readonly Mistake[], second: readonly Mistake[]): Mistake[] {
  const places = new Set(first.map(({ offset }) => offset));
  return second.filter(({ offset }) => !places.has(offset));
}
