// What a stand-in plugin is made of. `lib/server.ts` speaks the protocol; everything here is plain data.
import type { Properties } from "./value.ts";

export interface CheckFailure {
  property: string;
  reason: string;
}

export interface Checked {
  inputs: Properties;
  failures: CheckFailure[];
}

/** How one property path changes; the words are the protocol's (`PropertyDiff.Kind`). */
export type ChangeKind = "ADD" | "ADD_REPLACE" | "DELETE" | "DELETE_REPLACE" | "UPDATE" | "UPDATE_REPLACE";

export interface Difference {
  /** Change kind by property path, such as `environment.HOME` or `triggers[0]`; empty = no change. */
  changes: Record<string, ChangeKind>;
  /** @default false */
  deleteBeforeReplace?: boolean;
  /** False = the engine is told the changed and replacing properties only, not each path. @default true */
  detailed?: boolean;
  /** True where the change is told in terms of inputs. @default false */
  inputDiff?: boolean;
}

export interface ResourceContext {
  urn: string;
  /** Shows one line of progress in the engine's display; it is not kept. Settles when the engine has it. */
  status: (line: string) => Promise<void>;
  /** Aborted when the engine cancels, or after the resource's `customTimeouts`. */
  signal: AbortSignal;
}

export interface CheckRequest extends ResourceContext {
  olds: Properties;
  news: Properties;
}

export interface DiffRequest extends ResourceContext {
  id: string;
  oldInputs: Properties;
  state: Properties;
  inputs: Properties;
  ignoreChanges: string[];
}

export interface CreateRequest extends ResourceContext {
  inputs: Properties;
  preview: boolean;
}

export interface ReadRequest extends ResourceContext {
  id: string;
  inputs: Properties;
  /** Empty for an import or a `get`. */
  state: Properties;
}

export interface UpdateRequest extends ResourceContext {
  id: string;
  state: Properties;
  inputs: Properties;
  ignoreChanges: string[];
  preview: boolean;
}

export interface DeleteRequest extends ResourceContext {
  id: string;
  state: Properties;
}

export interface ResourceType {
  check(request: CheckRequest): Checked;
  diff(request: DiffRequest): Difference;
  create(request: CreateRequest): Promise<{ id: string; state: Properties }>;
  /** `undefined` = the resource is gone. Left out = the released plugin has no read: state is answered as it came. */
  read?(request: ReadRequest): Promise<{ id: string; inputs: Properties; state: Properties } | undefined>;
  update(request: UpdateRequest): Promise<Properties>;
  delete(request: DeleteRequest): Promise<void>;
}

export interface Plugin {
  /** Package name, such as `postgresql`. */
  name: string;
  /**
   * False for what upstream is a bridged Terraform provider: the engine then takes secret marks off what it sends and
   * puts them back on the answer's property of the same name (pulumi v3.259.0 provider_plugin.go, annotateSecrets).
   */
  acceptSecrets: boolean;
  /** Checks and keeps the provider's configuration; called at most once, and not while one of its values is unknown. */
  configure?(configuration: Properties): void;
  resources: Record<string, ResourceType>;
  functions?: Record<string, (context: ResourceContext, args: Properties) => Promise<Properties>>;
}

/** The resource exists, but something after its creation failed: the engine keeps `state` and shows the reasons. */
export class InitializationFailed extends Error {
  readonly id: string;
  readonly state: Properties;
  constructor(id: string, state: Properties, reason: string) {
    super(reason);
    this.id = id;
    this.state = state;
  }
}

/** An unknown type or function is refused by the stand-in's own name, never silently accepted. */
export function known<T>(plugin: Plugin, kind: string, table: Record<string, T> | undefined, token: string): T {
  const found = table && Object.hasOwn(table, token) ? table[token] : undefined;
  if (found === undefined) {
    throw new Error(`lab ${plugin.name}: ${kind} ${token} is not in this stand-in (see CONTRACT.md beside it)`);
  }
  return found;
}
