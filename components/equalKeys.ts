import * as pulumi from "@pulumi/pulumi";
import { upCommand } from "../images/backup/stackOption.ts";
import type { StackConfig } from "../spec/index.ts";

/** What all keys of a project follow from. */
export interface KeySource {
  name: string;
  /** Secret. */
  seed: string;
  generation: number;
}

/** The first two that have the same keys. */
export function twins(sources: readonly KeySource[]): [string, string] | undefined {
  const first = new Map<string, string>();
  for (const { name, seed, generation } of sources) {
    const keys = JSON.stringify([seed, generation]);
    const other = first.get(keys);
    if (other !== undefined) return [other, name];
    first.set(keys, name);
  }
  return undefined;
}

export const twinsMessage = ([one, other]: [string, string], { stack, projectsFile }: Pick<StackConfig, "stack" | "projectsFile">): string =>
  `${projectsFile}: "${one}" and "${other}" have the same keys, and at the common host, as in Studio, a key alone says which project is meant. Nothing was changed.
Give the one whose apps may get new keys another generation, such as keys: { generation: 2 } (docs/keys.md, "Rotate"), and run \`${upCommand(stack)}\`.`;

/**
 * Two projects of a server have the same keys where one was made with the other's seed (`indie seeds --from … --as …`).
 *
 * @throws RunError, at preview
 */
export function refuseTwins(projects: { name: string; generation: number; seed: pulumi.Output<string> }[], stack: Pick<StackConfig, "stack" | "projectsFile">): void {
  pulumi.all(projects.map(({ seed }) => seed)).apply((seeds) => {
    const found = twins(projects.map(({ name, generation }, index) => ({ name, generation, seed: seeds[index]! })));
    if (found !== undefined) throw new pulumi.RunError(twinsMessage(found, stack));
  });
}
