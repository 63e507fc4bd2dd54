// The projects that a command is for, and one after the other of them.
import { noteFailure } from "./catalog.ts";
import { type BackupProject, projectNames, readProject, requirePresent } from "./project.ts";
import { inWords, Refused, Stop } from "./stop.ts";

export interface Chosen {
  names: string[];
  all: boolean;
}

type Say = (line: string) => void;

export async function chosenNames({ names, all }: Chosen): Promise<string[]> {
  if (all === names.length > 0) throw new Refused(all ? "--all, or names: not both" : "Which project? Name it, or write --all");
  return all ? projectNames() : names;
}

/** All that are in use, or those that are named. @throws Refused where one of those is being removed, or is */
export async function presentNames(chosen: Chosen): Promise<string[]> {
  const projects = await Promise.all((await chosenNames(chosen)).map(readProject));
  if (chosen.all) return projects.flatMap(({ name, purgeAfterDays }) => (purgeAfterDays === undefined ? [name] : []));
  projects.forEach(requirePresent);
  return projects.map(({ name }) => name);
}

/** @throws Refused where there is none of the name, or it is being removed, or is */
export async function readPresent(name: string): Promise<BackupProject> {
  const project = await readProject(name);
  requirePresent(project);
  return project;
}

/**
 * Each as it is when its turn has come: an update may have changed it since, while another job ran. Of `--all`, what is being removed by then is left out.
 *
 * @param names {@link presentNames}
 */
export const forEachPresent = ({ all }: Chosen, names: string[], say: Say, work: (project: BackupProject) => Promise<void>): Promise<void> =>
  forEach(names, say, async (name) => {
    const project = await readProject(name);
    if (all && project.purgeAfterDays !== undefined) return say(`${name}: is being removed by now, so it is left out`);
    requirePresent(project);
    await work(project);
  });

/** One after the other; a fault of one keeps none of the others from theirs. */
export async function forEach(names: string[], say: Say, work: (name: string) => Promise<void>): Promise<void> {
  const failed: string[] = [];
  for (const name of names) {
    try {
      await work(name);
    } catch (error) {
      failed.push(name);
      say(`${name}: FAILED: ${inWords(error)}`);
    }
  }
  if (failed.length > 0) throw new Stop(`Not done for ${failed.join(", ")}`);
}

/**
 * What keeps a backup from its beginning, such as a repository that is gone, is a failure of each project that it is for: `indie status` says it. What
 * comes after that notes its own.
 *
 * @param job calls back when it has begun
 */
export async function failingBefore(names: string[], job: (begun: () => void) => Promise<void>): Promise<void> {
  let hasBegun = false;
  try {
    await job(() => (hasBegun = true));
  } catch (error) {
    // On a disk that is full there is no room for that either.
    if (!hasBegun && !(error instanceof Refused)) for (const name of names) await noteFailure(name, error).catch(() => {});
    throw error;
  }
}
