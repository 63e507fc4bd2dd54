import { stringify } from "yaml";
import type { SavedProject } from "../../../images/backup/seeds.ts";
import { partInBackupContainer } from "../../backupContainer.ts";
import { pulumi } from "../../steps/stack.ts";
import { stackOption } from "../../options.ts";
import { Misuse } from "../../report.ts";
import type { Context } from "../context.ts";
import { projectName } from "./container.ts";

/**
 * Sets `seeds.<name>` for each project of the repository that the stack does not have, or those of one for a new one. No value is in an argument.
 *
 * @throws Misuse where only one of `from` and `as` is said; Stop where some could not be had, when the others are set
 */
export async function importSeeds({ stack, tools, print }: Context, { from, as }: { from?: string; as?: string }): Promise<void> {
  const on = stackOption(stack);
  if ((from === undefined) !== (as === undefined)) throw new Misuse(`--from and --as go together → npx indie seeds --from <project> --as <name>${on}`);
  const words = from !== undefined && as !== undefined ? ["--from", projectName(from), "--as", projectName(as)] : [];
  const { run, env } = await tools();
  const { answer, missing } = await partInBackupContainer(run, stack, ["seeds", ...words]);
  const saved = Object.entries(JSON.parse(answer) as Record<string, SavedProject>);
  if (saved.length === 0 && missing !== undefined) throw missing;
  if (saved.length === 0) return print("The repository has no project that this stack does not have.");
  for (const [name, { seed }] of saved) await pulumi({ run, env, stack }, ["config", "set", "--secret", `indie-ventures:seeds.${name}`], seed);
  const names = saved.map(([name]) => name);
  const source = from === undefined ? "" : ` --from ${from}`;
  print(`The keys of ${names.join(", ")} are in the stack's config: a project of that name is made with them.
As the backups have them, to be put into the file of projects (with all defaults, which may go):
${stringify({ projects: saved.map(([, { entry }]) => entry) })}
Then: npx indie up${on}, and npx indie restore ${names.join(" ")}${source} --without-safety-backup${on}`);
  // Those that were had are of use all the same.
  if (missing !== undefined) throw missing;
}
