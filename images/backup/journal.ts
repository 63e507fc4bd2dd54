// What is left to do of a restore whose data is made and compared. On the disk before the first of it is done, so that a kill does not stop it.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RoleSetting } from "./extras.ts";
import { readJson, writeJson } from "./files.ts";
import { noteRestored } from "./knownRepository.ts";
import { STATE } from "./places.ts";
import type { BackupProject } from "./project.ts";
import { Hindered } from "./stop.ts";

export interface Journal {
  project: BackupProject;
  backup: string;
  /** The backup of what was there before. Undefined where none was wanted. */
  safety?: string;
  /** Of the project's roles, wherever they log in: they become so with the exchange. @default none */
  settings?: RoleSetting[];
  /** `out`: what is there now leaves. `in`: what was restored takes its place. `clear`: the project is whole; the rest goes. */
  phase: "out" | "in" | "clear";
}

const folder = join(STATE, "journal");
const file = (project: string): string => join(folder, `restore-${project}.json`);

export const readJournal = (project: string): Promise<Journal | undefined> => readJson<Journal>(file(project));
export const writeJournal = (journal: Journal): Promise<void> => writeJson(file(journal.project.name), journal);

/** What a project's last restore replaced. */
export interface Replaced {
  safety?: string;
}

const replacedFile = (project: string): string => join(STATE, "replaced", `${project}.json`);

/** Undefined: it had no restore on this server. */
export const readReplaced = (project: string): Promise<Replaced | undefined> => readJson<Replaced>(replacedFile(project));

/** Nobody has a rollback of it any more: a new project of the name is another. */
export const forgetReplaced = (project: string): Promise<void> => rm(replacedFile(project), { force: true });

/** The restore has ended; what it replaced is remembered, which is what a rollback brings back. */
export async function endJournal({ project, safety }: Journal): Promise<void> {
  await writeJson(replacedFile(project.name), { safety } satisfies Replaced);
  await noteRestored(project.name);
  await rm(file(project.name));
}

/** The projects whose exchange has begun and not ended. */
export async function journals(): Promise<Journal[]> {
  const files = await readdir(folder).catch(() => []);
  const names = files.flatMap((each) => /^restore-(.*)\.json$/.exec(each)?.[1] ?? []);
  return (await Promise.all(names.map(readJournal))).filter((journal) => journal !== undefined);
}

/** @throws Hindered where the project is in the middle of an exchange: neither the one nor the other */
export async function requireWhole(project: string): Promise<void> {
  const journal = await readJournal(project);
  if (journal !== undefined)
    throw new Hindered(`${project}: its restore of backup ${journal.backup} has not ended (phase ${journal.phase}). It is tried again every half minute; why it fails: docker logs`);
}
