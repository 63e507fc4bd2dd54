/** What is to be done about operations that a killed update left behind (DESIGN §8, §13.7). Pure: cli/recover.ts looks and does. */

/** A resource in an exported deployment. Secrets in it stay encrypted; nothing here reads one. */
export interface Resource {
  urn: string;
  type: string;
  id?: string;
  custom?: boolean;
  /** It is to be deleted: the old one of a replacement. */
  delete?: boolean;
  protect?: boolean;
  /** `<urn>::<id>` of its provider. */
  provider?: string;
  /** URNs. */
  parent?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[] | null>;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

export interface Operation {
  type: "creating" | "updating" | "deleting" | "reading" | "importing";
  resource: Resource;
}

/** `pulumi stack export`. */
export interface Export {
  version: number;
  deployment: { resources?: Resource[]; pending_operations?: Operation[] };
}

/** The object outside the state that an operation was about. */
export type Outside =
  | { kind: "container" | "network" | "volume"; name: string; stateId: string | undefined; stack: string | undefined }
  | { kind: "role" | "database"; name: string }
  /** There is none, or doing it once more is the same as doing it once. */
  | { kind: "nothing" }
  | { kind: "unknown" };

const DOCKER: Record<string, "container" | "network" | "volume"> = {
  "docker:index/container:Container": "container",
  "docker:index/network:Network": "network",
  "docker:index/volume:Volume": "volume",
};
const POSTGRESQL: Record<string, "role" | "database"> = {
  "postgresql:index/role:Role": "role",
  "postgresql:index/database:Database": "database",
};
/** Commands are idempotent, random values and stashes live in the state alone, providers and components are not objects. */
const NOTHING = /^(command:|random:|pulumi:|indie-ventures:|docker:index\/remoteImage:)/;

/** The last part of a URN, which is what people know a resource by. */
export const resourceName = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Labels as the docker provider writes them. */
function label(inputs: Record<string, unknown>, name: string): string | undefined {
  const all = Array.isArray(inputs.labels) ? (inputs.labels as { label?: unknown; value?: unknown }[]) : [];
  return text(all.find((entry) => entry.label === name)?.value);
}

export function outside({ type, inputs = {} }: Resource): Outside {
  const docker = DOCKER[type];
  const postgresql = POSTGRESQL[type];
  const name = text(inputs.name);
  if (NOTHING.test(type)) return { kind: "nothing" };
  if (docker && name !== undefined)
    return { kind: docker, name, stack: label(inputs, "indie-ventures.stack"), stateId: label(inputs, "indie-ventures.state") };
  if (postgresql && name !== undefined) return { kind: postgresql, name };
  return { kind: "unknown" };
}

/** What was found where the object should be. Roles and databases stand in our own Postgres: there they are ours by being there. */
export type Found = { there: false } | { there: true; id: string; stack?: string; stateId?: string };

export type Decision =
  /** The operation is forgotten; the next update does what is left to do. */
  | { do: "clear"; why: string }
  /** The object is deleted: it holds no data, and half made it is of no use. */
  | { do: "remove"; id: string; why: string }
  /** The object becomes part of the state: it holds data. */
  | { do: "adopt"; id: string; why: string }
  /** The resource leaves the state: its object is gone already. */
  | { do: "forget"; why: string }
  | { do: "stop"; why: string };

const isOurs = (wanted: Outside, found: Found): boolean =>
  found.there &&
  (!("stateId" in wanted) || (wanted.stateId !== undefined && wanted.stateId === found.stateId && wanted.stack === found.stack));

function decideCreating(resource: Resource, wanted: Outside, found: Found, known: Resource[]): Decision {
  if (wanted.kind === "nothing") return { do: "clear", why: "it is simply done again" };
  if (wanted.kind === "unknown")
    return { do: "stop", why: `only you can tell whether it was made; \`pulumi refresh\` in a terminal asks about it` };
  if (!found.there) return { do: "clear", why: "it had not been made" };
  if (!isOurs(wanted, found)) return { do: "clear", why: "what has its name there is not ours, and stays as it is" };
  if (known.some((other) => other.type === resource.type && other.id === found.id)) return { do: "clear", why: "it is in the state already" };
  if (wanted.kind === "container" || wanted.kind === "network")
    return { do: "remove", id: found.id, why: "half made, without data: removed, and made anew" };
  return { do: "adopt", id: found.id, why: "it was made and holds data: taken into the state" };
}

/** One operation, given what is outside now. `known` are the resources of the state. */
export function decide({ type, resource }: Operation, wanted: Outside, found: Found, known: Resource[]): Decision {
  if (type === "creating") return decideCreating(resource, wanted, found, known);
  const looksOutside = wanted.kind !== "nothing" && wanted.kind !== "unknown";
  if (type === "deleting" && looksOutside && !found.there) return { do: "forget", why: "it is gone already" };
  return { do: "clear", why: "it is simply done again" };
}

const isSame = (left: Resource, right: Resource): boolean => left.urn === right.urn && left.id === right.id;

/**
 * The export without its operations: adopted resources in, forgotten ones out. An adopted one gets its own inputs as outputs, the
 * provider's words follow by a refresh; so the program finds what it asked for, and replaces nothing (facts/engine.md).
 */
export function edit(exported: Export, decided: { operation: Operation; decision: Decision }[]): Export {
  const { resources = [], ...deployment } = exported.deployment;
  const forgotten = decided.filter(({ decision }) => decision.do === "forget").map(({ operation }) => operation.resource);
  const adopted = decided.flatMap(({ operation: { resource }, decision }) =>
    decision.do === "adopt" ? [{ ...resource, custom: true, id: decision.id, outputs: { ...resource.inputs, ...resource.outputs } }] : [],
  );
  const kept = resources.filter((resource) => !forgotten.some((gone) => isSame(gone, resource)));
  return { ...exported, deployment: { ...deployment, resources: [...kept, ...adopted], pending_operations: [] } };
}
