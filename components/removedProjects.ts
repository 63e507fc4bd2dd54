import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../spec/index.ts";

/**
 * Says in our words, at preview, what the protection of the data would refuse in the engine's: entries that were deleted from
 * projects.yaml while their databases are there (DESIGN §9). The names are an output of the last update of this very stack.
 *
 * @throws RunError naming the projects and what to do
 */
export async function refuseRemoved(names: string[], { protectData, projectsFile }: Pick<StackConfig, "protectData" | "projectsFile">): Promise<void> {
  const reference = new pulumi.StackReference(`${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`);
  const last = async (output: string) => (await reference.getOutputDetails(output)).value;
  const removed = (((await last("projectNames")) as string[] | undefined) ?? []).filter((name) => !names.includes(name));
  // What is in the state is protected as the last update left it, whatever the setting says now.
  const isProtected = protectData || ((await last("protectData")) as boolean | undefined);
  if (isProtected && removed.length > 0) throw new pulumi.RunError(removedMessage(removed, projectsFile));
}

export function removedMessage(removed: string[], projectsFile: string): string {
  const [is, entry] = removed.length === 1 ? ["is", "entry"] : ["are", "entries"];
  return `${projectsFile}: ${removed.map((name) => `"${name}"`).join(", ")} ${is} gone from the file, but the data ${is} on this server and protected.
Nothing was changed. Put the ${entry} back. To delete the data for good, after that:
  pulumi config set indie-ventures:protectData false
  pulumi up
and then delete the ${entry} and run \`pulumi up\` once more.`;
}
