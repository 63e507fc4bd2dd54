import { resolve } from "node:path";
import { exportToFile } from "../../exportedFile.ts";
import type { Context } from "../context.ts";
import { projectName, requireContainer } from "./container.ts";

/** @throws Stop where the archive is not there afterwards */
export async function exportProject({ stack, tools, print }: Context, project: string, { backup, output, force = false }: { backup?: string; output?: string; force?: boolean }): Promise<void> {
  projectName(project);
  // npm runs us in the clone, and says where it was called.
  const file = resolve(process.env.INIT_CWD ?? process.cwd(), output ?? `${project}.tar`);
  const ready = await tools();
  await requireContainer(stack, ready);
  await exportToFile(stack, ready.env, { project, backup, file, force });
  print(`${file} holds all of "${project}", its keys too: keep it like a password. How to run it: README.md in it.`);
}
