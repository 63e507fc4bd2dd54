import { resolve } from "node:path";
import { exportToFile } from "../../exportedFile.ts";
import type { Context } from "../context.ts";
import { projectName, requireContainer } from "./container.ts";
import { warnOfGit } from "./git.ts";

/** @throws Stop where the archive is not there afterwards */
export async function exportProject(context: Context, project: string, { backup, output, force = false }: { backup?: string; output?: string; force?: boolean }): Promise<void> {
  const { stack, calledFrom, tools, print } = context;
  projectName(project);
  const file = resolve(calledFrom, output ?? `${project}.tar`);
  const ready = await tools();
  await requireContainer(stack, ready);
  await exportToFile(stack, ready.env, { project, backup, file, force });
  print(`${file} holds all of "${project}", its keys too: keep it like a password. How to run it: README.md in it.`);
  await warnOfGit(context, file, file);
}
