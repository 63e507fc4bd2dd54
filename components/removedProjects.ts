import * as pulumi from "@pulumi/pulumi";
import { stackOption, upCommand } from "../images/backup/stackOption.ts";
import type { StackConfig } from "../spec/index.ts";
import { type BackupStatus, isPurged } from "./backupStatus.ts";

/**
 * Says in our words, at preview, what the protection of the data would refuse in the engine's: entries that were deleted from
 * projects.yaml while their databases are there (DESIGN §9). The names are an output of the last update of this very stack.
 *
 * @throws RunError naming the projects and what to do
 */
export async function refuseRemoved(names: string[], status: BackupStatus, stack: Pick<StackConfig, "stack" | "protectData" | "projectsFile">): Promise<void> {
  const reference = new pulumi.StackReference(`${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`);
  const last = async (output: string) => (await reference.getOutputDetails(output)).value;
  const removed = (((await last("projectNames")) as string[] | undefined) ?? []).filter((name) => !names.includes(name) && !isPurged(status, name));
  // What is in the state is protected as the last update left it, whatever the setting says now.
  const isProtected = stack.protectData || ((await last("protectData")) as boolean | undefined);
  const waiting = removed.filter((name) => status[name]?.removal?.phase === "locked");
  if (isProtected && removed.length > 0) throw new pulumi.RunError(removedMessage(removed, waiting, stack));
}

/**
 * @param removed all that are gone from the file
 * @param waiting those of them that are `state: removed`, and whose day has not come
 */
export function removedMessage(removed: string[], waiting: string[], { stack, projectsFile }: Pick<StackConfig, "stack" | "projectsFile">): string {
  const [is, entry] = removed.length === 1 ? ["is", "entry"] : ["are", "entries"];
  const how = removed.every((name) => waiting.includes(name))
    ? `Put the ${entry} back until ${removed.length === 1 ? "it is" : "they are"} purged; to purge now: ${removed.map((name) => `npm run indie -- purge ${name}${stackOption(stack)}`).join(", ")}`
    : `Put the ${entry} back. To take a project away: write state: removed in its entry and run \`${upCommand(stack)}\`. Its last backup is made and proven then, and only after
that may the entry go. To delete the data without a backup: pulumi config set indie-ventures:protectData false, pulumi up, and then delete the entry.`;
  return `${projectsFile}: ${removed.map((name) => `"${name}"`).join(", ")} ${is} gone from the file, but the data ${is} on this server and protected.
Nothing was changed. ${how}`;
}
