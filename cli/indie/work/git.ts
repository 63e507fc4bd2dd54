import { dirname } from "node:path";
import type { Context } from "../context.ts";

/**
 * Says where the next commit would take a file with secrets along.
 *
 * @param name the file, for a person
 */
export async function warnOfGit({ tools, note }: Pick<Context, "tools" | "note">, name: string, path: string): Promise<void> {
  const { run } = await tools();
  const ran = await run("git", ["-C", dirname(path), "check-ignore", "--quiet", "--", path]);
  // Where there is no git, or no work tree, nothing takes it.
  if (ran.exitCode === 1) note(`! git does not ignore ${name}: the next commit may take its keys along. A line in .gitignore keeps them out.`);
}
