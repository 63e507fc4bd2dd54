import * as pulumi from "@pulumi/pulumi";

/**
 * Says in our words, at preview, what the protection of the data would refuse in the engine's: entries that were deleted from
 * projects.yaml while their databases are there (DESIGN §9). The names are an output of the last update of this very stack.
 *
 * @throws RunError naming the projects and what to do
 */
export async function refuseRemoved(names: string[], projectsFile: string): Promise<void> {
  const reference = new pulumi.StackReference(`${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`);
  const { value } = await reference.getOutputDetails("projectNames");
  const removed = ((value as string[] | undefined) ?? []).filter((name) => !names.includes(name));
  if (removed.length > 0) throw new pulumi.RunError(removedMessage(removed, projectsFile));
}

export const removedMessage = (removed: string[], projectsFile: string): string =>
  `${projectsFile}: ${removed.map((name) => `"${name}"`).join(", ")} ${removed.length === 1 ? "is" : "are"} gone from the file, but the data ${
    removed.length === 1 ? "is" : "are"
  } on this server and protected.
Nothing was changed. Put the ${removed.length === 1 ? "entry" : "entries"} back; or, to delete all data of this stack's removed projects for good:
  pulumi config set indie-ventures:protectData false
  pulumi up`;
