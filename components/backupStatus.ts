import * as pulumi from "@pulumi/pulumi";
import type { Status } from "../images/backup/catalog.ts";
import type { BackupProject } from "../images/backup/project.ts";
import { whyNotBack } from "../images/backup/purged.ts";
import type { Project, StackConfig } from "../spec/index.ts";
import { fixedName } from "./ours.ts";
import { docker } from "./server/dockerCli.ts";

/** What the backup container knows of each project; empty where it does not run (yet). */
export type BackupStatus = Record<string, Status>;

export async function readBackupStatus(stack: string, run = docker): Promise<BackupStatus> {
  const { failed, stdout } = await run("exec", fixedName(stack, "backup"), "cat", "/var/lib/indie-ventures/status.json");
  return failed ? {} : (JSON.parse(stdout) as BackupStatus);
}

/**
 * The seeds of the projects' keys, as the last update told them to the backup container; empty where it does not run (yet). Secret: they must not
 * leave the program but as secret outputs.
 */
export async function readSeeds(stack: string, run = docker): Promise<Record<string, string>> {
  // Each project's file is one line (components/backups.ts).
  const { failed, stdout } = await run("exec", fixedName(stack, "backup"), "find", "/var/lib/indie-ventures/projects", "-name", "*.json", "-exec", "cat", "{}", ";");
  const projects = failed ? [] : stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as BackupProject);
  return Object.fromEntries(projects.map(({ name, keys }) => [name, keys.seed]));
}

/** Whether all that is left of a project is its backups, so that its entry may go from the file. */
export const isPurged = (status: BackupStatus, name: string): boolean => status[name]?.removal?.phase === "purged";

/** Names of the entries that may go: of projects that were purged. */
export const purgedNames = (projects: Project[], status: BackupStatus): string[] => projects.map(({ name }) => name).filter((name) => isPurged(status, name));

/**
 * The projects that there is something of. One that was purged is as if its entry were gone.
 *
 * @throws RunError where one is wanted back that is no more, or may be half of what it was
 */
export function withoutPurged(projects: Project[], status: BackupStatus, { stack, projectsFile }: Pick<StackConfig, "stack" | "projectsFile">): Project[] {
  const wanted = projects.filter(({ state }) => state !== "removed");
  const why = wanted.flatMap(({ name }) => whyNotBack(name, status[name]?.removal?.phase, stack) ?? []);
  if (why.length > 0) throw new pulumi.RunError(`${projectsFile}: ${why.join("\n")}`);
  return projects.filter(({ name }) => !isPurged(status, name));
}
