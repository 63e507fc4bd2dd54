// `command:local:Command` of pulumi-command v1.2.1 on pulumi-go-provider v1.3.0 (its `infer` decides what a preview
// knows and what is secret: infer/resource.go markComputed, markSecret).
import { randomBytes } from "node:crypto";
import { difference } from "../lib/difference.ts";
import { nameOf } from "../lib/server.ts";
import { containsUnknown, equal, isObject, reveal, revealAll, unknown } from "../lib/value.ts";
import { run } from "./run.ts";
import type { CheckFailure, DiffRequest, ResourceContext, ResourceType, UpdateRequest } from "../lib/plugin.ts";
import type { Properties, Value } from "../lib/value.ts";
import type { RunInputs, RunOutputs } from "./run.ts";

type Kind = "string" | "boolean" | "strings" | "stringMap" | "values";

const runKinds: Record<string, Kind> = {
  stdin: "string",
  logging: "string",
  dir: "string",
  interpreter: "strings",
  environment: "stringMap",
  addPreviousOutputInEnv: "boolean",
};
const commandKinds: Record<string, Kind> = {
  ...runKinds,
  create: "string",
  update: "string",
  delete: "string",
  triggers: "values",
};
const functionKinds: Record<string, Kind> = { ...runKinds, command: "string" };

function isKind(value: Value, kind: Kind): boolean {
  if (value === unknown) return true;
  if (kind === "string" || kind === "boolean") return typeof value === kind;
  if (kind === "stringMap") return isObject(value) && Object.values(value).every((item) => isKind(item, "string"));
  return Array.isArray(value) && (kind === "values" || value.every((item) => isKind(item, "string")));
}

function failuresOf(inputs: Properties, kinds: Record<string, Kind>): CheckFailure[] {
  return Object.entries(inputs).flatMap(([property, value]) => {
    const kind = Object.hasOwn(kinds, property) ? kinds[property] : undefined;
    if (kind === undefined) {
      return [{ property, reason: `lab command: property ${property} is not in this stand-in (see CONTRACT.md)` }];
    }
    const plain = reveal(value);
    return plain === null || isKind(plain, kind) ? [] : [{ property, reason: `expected ${kind}` }];
  });
}

/** `version` and names with two underscores are the engine's own, not the command's (infer/resource.go diff). */
function ownInputs(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== "version" && !name.startsWith("__")));
}

function withIgnored({ inputs, state, ignoreChanges }: Pick<DiffRequest, "inputs" | "state" | "ignoreChanges">) {
  const kept = ignoreChanges.filter((name) => Object.hasOwn(state, name)).map((name) => [name, state[name]]);
  return { ...inputs, ...Object.fromEntries(kept) } as Properties;
}

function outputsOf(state: Properties): RunOutputs {
  const { stdout, stderr } = revealAll(state);
  return { stdout: String(stdout ?? ""), stderr: String(stderr ?? "") };
}

/** In a preview of an update the outputs are known only while no input changes. */
export function previewOutputs(state: Properties, inputs: Properties): Properties {
  const changed = Object.keys(commandKinds).some(
    (name) => containsUnknown(inputs[name]) || (Object.hasOwn(state, name) && !equal(inputs[name], state[name])),
  );
  return changed ? { stdout: unknown, stderr: unknown } : { ...outputsOf(state) };
}

function execute(command: string, properties: Properties, previous: RunOutputs, context: ResourceContext) {
  return run(command, revealAll(properties) as RunInputs, previous, context);
}

async function update(request: UpdateRequest): Promise<Properties> {
  const inputs = withIgnored(request);
  if (request.preview) return { ...inputs, ...previewOutputs(request.state, inputs) };
  const previous = outputsOf(request.state);
  const command = reveal(inputs["update"] ?? inputs["create"] ?? null);
  if (typeof command !== "string") return { ...inputs, ...previous };
  return { ...inputs, ...(await execute(command, inputs, previous, request)) };
}

export const localCommand: ResourceType = {
  check: ({ news }) => ({ inputs: news, failures: failuresOf(news, commandKinds) }),

  // Every change is an update here; that `triggers` replaces comes from the SDK's `replaceOnChanges: ["triggers[*]"]`.
  diff: (request) => ({ changes: difference(request.oldInputs, ownInputs(withIgnored(request))) }),

  async create(request) {
    const id = `${nameOf(request.urn)}${randomBytes(4).toString("hex")}`;
    if (request.preview) return { id, state: { ...request.inputs, stdout: unknown, stderr: unknown } };
    const none: RunOutputs = { stdout: "", stderr: "" };
    const command = reveal(request.inputs["create"] ?? null);
    const outputs = typeof command === "string" ? await execute(command, request.inputs, none, request) : none;
    return { id, state: { ...request.inputs, ...outputs } };
  },

  update,

  async delete(request) {
    const command = reveal(request.state["delete"] ?? null);
    if (typeof command === "string") await execute(command, request.state, outputsOf(request.state), request);
  },
};

/** `command:local:run`: runs on every preview and update. */
export async function localRun(context: ResourceContext, args: Properties): Promise<Properties> {
  const [failure] = failuresOf(args, functionKinds);
  if (failure) throw new Error(`${failure.property}: ${failure.reason}`);
  const command = reveal(args["command"] ?? null);
  if (typeof command !== "string") throw new Error("command: missing required property");
  return { ...args, ...(await execute(command, args, { stdout: "", stderr: "" }, context)) };
}
