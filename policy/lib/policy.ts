import type * as docker from "@pulumi/docker";
import type { PolicyConfigSchema, PolicyResource, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";

/** Docker's objects, as the program asks for them. Secrets are plain text in there. */
export type Container = Unwrap<docker.ContainerArgs>;
export type Image = Unwrap<docker.RemoteImageArgs>;
export type Network = Unwrap<docker.NetworkArgs>;
export type Volume = Unwrap<docker.VolumeArgs>;

/** What is wrong with an object, each with what to do. Names and numbers alone, never a value: a value may be a secret. */
type Mistakes<Props> = (props: Props) => string[];

export interface DockerRule {
  name: string;
  /** What must be true. */
  description: string;
  container?: Mistakes<Container>;
  image?: Mistakes<Image>;
  network?: Mistakes<Network>;
  volume?: Mistakes<Volume>;
}

export interface StackRule {
  name: string;
  /** What must be true. */
  description: string;
  /** Asked when everything is registered, with all of it. */
  stack: (resources: PolicyResource[]) => { resource: PolicyResource; mistake: string }[];
}

/** The types that {@link DockerRule} is about. */
export const KINDS: Record<string, "container" | "image" | "network" | "volume"> = {
  "docker:index/container:Container": "container",
  "docker:index/remoteImage:RemoteImage": "image",
  "docker:index/network:Network": "network",
  "docker:index/volume:Volume": "volume",
};

interface Config {
  except?: string[];
}

/** For `--policy-pack-config`: resources that a rule is not for. */
const configSchema: PolicyConfigSchema = {
  properties: { except: { type: "array", items: { type: "string" }, description: "Names of resources that the policy is not for" } },
};

export function dockerPolicy({ name, description, ...rule }: DockerRule): ResourceValidationPolicy {
  return {
    name,
    description,
    configSchema,
    validateResource: (args, report) => {
      const kind = KINDS[args.type];
      if (kind === undefined || args.getConfig<Config>().except?.includes(args.name)) return;
      // The type was just looked at.
      const mistakes = (rule[kind] as Mistakes<object> | undefined)?.(args.props) ?? [];
      for (const mistake of mistakes) report(`The ${kind} "${args.name}" ${mistake}`);
    },
  };
}

export function stackPolicy({ name, description, stack }: StackRule): StackValidationPolicy {
  return {
    name,
    description,
    configSchema,
    validateStack: ({ resources, getConfig }, report) => {
      const except = getConfig<Config>().except ?? [];
      for (const { resource, mistake } of stack(resources))
        if (!except.includes(resource.name)) report(`"${resource.name}" (${resource.type.split(":").at(-1)}) ${mistake}`, resource.urn);
    },
  };
}

/**
 * What a preview does not know yet is `undefined`: the update asks again, with the value, before it makes the resource. Left to itself the
 * SDK would say for each of them that the policy could not run.
 */
export function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    // The SDK does not export the class (@pulumi/policy proxy.js).
    if (error instanceof Error && error.constructor.name === "UnknownValueError") return undefined;
    throw error;
  }
}

/** The value of one of our labels: `stack`, `service` or `project`. Who writes another one there is its author, and trusted. */
export const labelOf = ({ labels = [] }: Pick<Container, "labels">, label: string): string | undefined =>
  labels.find((each) => each.label === `indie-ventures.${label}`)?.value;
