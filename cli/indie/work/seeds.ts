import { stringify } from "yaml";
import type { SavedProject } from "../../../images/backup/seeds.ts";
import { inBackupContainer } from "../../backupContainer.ts";
import { pulumi } from "../../steps/stack.ts";
import type { Context } from "../context.ts";

/** Sets `seeds.<name>` for each project of the repository that the stack does not have. No value is in an argument. */
export async function importSeeds({ stack, tools, print }: Context): Promise<void> {
  const { run, env } = await tools();
  const saved = Object.entries(JSON.parse(await inBackupContainer(run, stack, ["seeds"])) as Record<string, SavedProject>);
  if (saved.length === 0) return print("The repository has no project that this stack does not have.");
  for (const [name, { seed }] of saved) await pulumi({ run, env, stack }, ["config", "set", "--secret", `indie-ventures:seeds.${name}`], seed);
  const names = saved.map(([name]) => name);
  print(`The keys of ${names.join(", ")} are in the stack's config: a project of that name is made with them.
As the backups have them, to be put into the file of projects (with all defaults, which may go):
${stringify({ projects: saved.map(([, { entry }]) => entry) })}
Then: npx indie up, and npx indie restore ${names.join(" ")} --without-safety-backup`);
}
