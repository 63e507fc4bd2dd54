import * as pulumi from "@pulumi/pulumi";

/** A resource as the program asked the engine for it. */
export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** Options, in the words of the protocol. */
  protect: boolean;
  retainOnDelete: boolean;
  deleteBeforeReplace: boolean;
  ignoreChanges: string[];
  /** Logical names of what it depends on. */
  dependencies: string[];
  /** Of each property, the URNs of what it was made of. */
  propertyDependencies: Record<string, string[]>;
  /** Known once it was answered. */
  urn: string;
  parent: string;
  parentUrn: string;
}

/** The getters of the protocol's request that we read (facts/pulumi.md §5.1: the only way to see options under mocks). */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getIgnorechangesList(): string[];
  getDependenciesList(): string[];
  getPropertydependenciesMap(): { entries(): Iterable<[string, { getUrnsList(): string[] }]> };
  getObject(): { toJavaScript(): Record<string, unknown> };
}

type Answer = (error: unknown, response?: { getUrn(): string }) => void;

const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";

/**
 * Runs a program against mocks and returns what it registered. Process-wide: one program per test file, and import components after it.
 * @param preview with it computed values are unknown
 */
export async function mockEngine(preview = false): Promise<Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs, type }) => ({
        id: `${name}-id`,
        state: preview ? inputs : { ...inputs, name: inputs.name ?? `${name}-1a2b3c4`, ...(type.endsWith("RandomId") ? { hex: "57a7e1d057a7e1d0" } : {}), ...(type === "pulumi:index:Stash" ? { output: inputs.input } : {}) },
      }),
      call: ({ inputs }) => inputs,
    },
    "indie-ventures",
    "dev",
    preview,
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource: (request: RegisterRequest, answer: Answer) => unknown };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, answer) => {
    const resource: Registered = {
      type: request.getType(),
      name: request.getName(),
      inputs: request.getObject().toJavaScript(),
      protect: request.getProtect(),
      retainOnDelete: request.getRetainondelete(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      ignoreChanges: request.getIgnorechangesList(),
      dependencies: request.getDependenciesList().map(nameOf),
      propertyDependencies: Object.fromEntries([...request.getPropertydependenciesMap().entries()].map(([property, of]) => [property, of.getUrnsList()])),
      parent: nameOf(request.getParent()),
      parentUrn: request.getParent(),
      urn: "",
    };
    registered.push(resource);
    return register(request, (error, response) => {
      resource.urn = response?.getUrn() ?? "";
      answer(error, response);
    });
  };
  return registered;
}

/** The value of an output, or its failure; `undefined` when it is not known (facts/pulumi.md §5.1). */
export const valueOf = <T>(output: pulumi.Output<T>): Promise<T> => (output as unknown as { promise(): Promise<T> }).promise();
export const isSecret = (output: pulumi.Output<unknown>): Promise<boolean> => (output as unknown as { isSecret: Promise<boolean> }).isSecret;

/** Registrations go on after constructors return. The SDK's own wait for them is not in its types. */
export const everythingRegistered = (): Promise<void> => (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
