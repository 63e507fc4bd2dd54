import type { ListedBackup } from "../../../images/backup/listed.ts";
import { inBackupContainer } from "../../backupContainer.ts";
import type { Context } from "../context.ts";
import type { BackupsJson } from "../json.ts";
import { type ContainerOptions, containerWords, inContainer, requireContainer } from "./container.ts";

/** `indie backups`. */
export async function listBackups(context: Context, projects: string[], options: ContainerOptions): Promise<void> {
  const { stack, tools, json, print } = context;
  // The container's own word for it.
  const words = containerWords("list", projects, options);
  if (!json) return inContainer(context, words);
  const ready = await tools();
  await requireContainer(stack, ready);
  const backups = JSON.parse(await inBackupContainer(ready.run, stack, [...words, "--json"])) as ListedBackup[];
  print(JSON.stringify({ stack, backups } satisfies BackupsJson, undefined, 2));
}
