import type { PolicyResource } from "@pulumi/policy";
import { known, stackPolicy } from "../lib/policy.ts";

const VOLUME = "docker:index/volume:Volume";
const DATABASE = "postgresql:index/database:Database";
const STASH = "pulumi:index:Stash";

/** Volumes of which an update, or the container itself, makes all again. Every other one is data. Certificates are asked for anew. */
const REMADE = /^(?:edge|gateway|.+-gateway|scratch-socket|scratch-data|certificates|acme)$/;

const ADVICE =
  "Set `protect` in its options, as FileStore and ProjectDatabase do; what is made again by itself is named in policy/rules/protectedData.ts.";

interface Outputs {
  protectData?: boolean;
  projects?: Record<string, { state?: string }>;
}

/** Of the stack: index.ts exports them, so that policies need no configuration of their own. */
function outputsOf(resources: PolicyResource[]): Outputs {
  return resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.props ?? {};
}

/** A folder of the volume of files, under a name of its own. */
const isView = ({ name, props }: PolicyResource): boolean => name.endsWith("-files") && known(() => props.driverOpts?.o) === "bind";

function isData({ type, name, props }: PolicyResource): boolean {
  // Tables that services make again of the projects' seeds are in databases that begin so, and no project's does (spec/names.ts).
  if (type === DATABASE) return !(known(() => props.name as string) ?? "").startsWith("supabase");
  // The plane's: protects nothing that the projects' seeds do not make again.
  if (type === STASH) return name !== "shared-seed";
  return type === VOLUME && !REMADE.test(name);
}

/** What of a project is on its way out: backed up and proven, and then purged (DESIGN §13.10). */
function removedNames({ projects = {} }: Outputs): Set<string> {
  const removed = Object.entries(projects).filter(([, project]) => project.state === "removed");
  return new Set(removed.flatMap(([name]) => [`${DATABASE} ${name}`, `${STASH} ${name}-seed`]));
}

export function mistakes(resources: PolicyResource[]) {
  const outputs = outputsOf(resources);
  if (known(() => outputs.protectData) === false) return [];
  const removed = known(() => removedNames(outputs)) ?? new Set();
  return resources
    .filter((resource) => isData(resource) && !isView(resource) && !removed.has(`${resource.type} ${resource.name}`))
    .filter(({ opts }) => !opts.protect)
    .map((resource) => ({
      resource,
      mistake: `holds data and is not protected, on a server with \`protectData: true\`. ${ADVICE}`,
    }));
}

export const protectedData = stackPolicy({
  name: "protected-data",
  description: "While `protectData` is true, databases, seeds and volumes with data are protected.",
  stack: mistakes,
});
