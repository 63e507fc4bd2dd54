// What pulumi-terraform-bridge v3.136–3.137 makes of a Terraform schema: defaults, planned values, replace rules, what
// a preview knows, what a refresh and an import put into inputs. A stand-in of a bridged provider gives the schema.
import { randomBytes } from "node:crypto";
import { difference, kindOf } from "./difference.ts";
import { Secret, containsUnknown, equal, isObject, reveal, revealAll, unknown } from "./value.ts";
import type { ChangeKind, CheckFailure, Checked } from "./plugin.ts";
import type { Properties, Value } from "./value.ts";

export interface Field {
  type: "string" | "boolean" | "number" | "list" | "set" | "map";
  required?: true;
  default?: Value;
  /** Kept from state when the program does not give it; unknown in the preview of a create. */
  computed?: true;
  /** Never an input. */
  outputOnly?: true;
  /** A change replaces the resource. */
  replaces?: true;
  secret?: true;
  /** Never kept in state and no difference by itself. */
  writeOnly?: true;
  minimum?: number;
}

export type Schema = Record<string, Field>;

const fieldOf = (schema: Schema, name: string): Field | undefined => (Object.hasOwn(schema, name) ? schema[name] : undefined);
const inputsOf = (schema: Schema) => Object.entries(schema).filter(([, field]) => !field.outputOnly);
const storedOf = (schema: Schema) => Object.entries(schema).filter(([, field]) => !field.writeOnly);

function isType(value: Value, type: Field["type"]): boolean {
  if (value === unknown) return true;
  if (type === "list" || type === "set") return Array.isArray(value) && value.every((item) => isType(item, "string"));
  if (type === "map") return isObject(value);
  return typeof value === type;
}

function failureOf(name: string, field: Field | undefined, value: Value): string | undefined {
  if (name.startsWith("__")) return undefined;
  if (field === undefined || field.outputOnly) return "this property is not in this stand-in (see CONTRACT.md)";
  if (value === null) return undefined;
  if (!isType(value, field.type)) return `expected a ${field.type}`;
  if (field.minimum !== undefined && typeof value === "number" && value < field.minimum) {
    return `expected ${name} to be at least (${field.minimum}), got ${value}`;
  }
  return undefined;
}

/** One failure for each property that is not in the schema, of another type, too small, or missing. */
export function failuresOf(plugin: string, schema: Schema, inputs: Properties): CheckFailure[] {
  const wrong = Object.entries(inputs).flatMap(([property, value]) => {
    const reason = failureOf(property, fieldOf(schema, property), reveal(value));
    return reason === undefined ? [] : [{ property, reason: `lab ${plugin}: ${reason}` }];
  });
  const missing = inputsOf(schema)
    .filter(([name, field]) => field.required && (inputs[name] ?? null) === null)
    .map(([property]) => ({ property, reason: `lab ${plugin}: missing required property` }));
  return [...wrong, ...missing];
}

/** Marks every property that the schema calls secret, in inputs as in state. */
export function markSecrets(schema: Schema, properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, fieldOf(schema, name)?.secret ? new Secret(value) : value]),
  );
}

/** A name for a resource that has none, kept from update to update: `<name>-<7 hex digits>` (SetAutonaming(255, "-")). */
function autoname(urnName: string, olds: Properties): string {
  const defaults = olds["__defaults"];
  const old = olds["name"];
  if (Array.isArray(defaults) && defaults.includes("name") && typeof old === "string") return old;
  return `${urnName}-${randomBytes(4).toString("hex").slice(0, 7)}`;
}

/** The inputs that the engine keeps: what the program gave, the defaults, and under `__defaults` which those are. */
export function withDefaults(schema: Schema, given: Properties, names?: { urnName: string; olds: Properties }): Properties {
  const inputs = Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== null && name !== "__defaults"));
  const missing = inputsOf(schema).filter(([name, field]) => field.default && !Object.hasOwn(inputs, name)); // Not `false`, as upstream.
  const defaults: Properties = Object.fromEntries(missing.map(([name, field]) => [name, field.default as Value]));
  if (names && !Object.hasOwn(inputs, "name")) defaults["name"] = autoname(names.urnName, names.olds);
  return markSecrets(schema, { ...inputs, ...defaults, __defaults: Object.keys(defaults).sort() });
}

export function check(plugin: string, schema: Schema, inputs: Properties): Checked {
  return { inputs, failures: failuresOf(plugin, schema, inputs) };
}

/** Terraform's SDK takes a zero value for "not set". */
function normal(value: Value | undefined, type: Field["type"]): Value {
  const plain = reveal(value ?? null);
  if (plain === "" || plain === 0 || plain === false) return null;
  if (Array.isArray(plain)) return plain.length === 0 ? null : type === "set" ? [...plain].sort() : plain;
  return plain;
}

function plannedValue(name: string, field: Field, state: Properties, inputs: Properties): Value {
  const given = field.outputOnly ? null : reveal(inputs[name] ?? null);
  if (given !== null) return given;
  if (field.computed || field.outputOnly) return Object.hasOwn(state, name) ? reveal(state[name] ?? null) : unknown;
  return field.default ?? null;
}

/** The state that an update (or, with an empty `state`, a create) aims at; unknown is what only the server knows. */
export function planned(schema: Schema, state: Properties, inputs: Properties): Properties {
  return Object.fromEntries(
    storedOf(schema).map(([name, field]) => [name, plannedValue(name, field, state, inputs)]),
  );
}

/** The names of the stored properties whose planned value differs from state. */
export function changedNames(schema: Schema, state: Properties, plan: Properties): string[] {
  return storedOf(schema)
    .filter(([name, field]) => !equal(normal(state[name], field.type), normal(plan[name], field.type)))
    .map(([name]) => name);
}

const isIgnored = (path: string, ignored: string[]) =>
  ignored.some((prefix) => path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`));

/** A set's elements have no order: each is named by its place in the list that holds it. */
function setPaths(name: string, old: Value[], now: Value[]): [string, ChangeKind][] {
  const paths = (from: Value[], to: Value[], kind: ChangeKind): [string, ChangeKind][] =>
    from.flatMap((item, i) => (to.some((other) => equal(item, other)) ? [] : [[`${name}[${i}]`, kind]]));
  return [...paths(old, now, "DELETE"), ...paths(now, old, "ADD")];
}

function pathsOf(name: string, field: Field, old: Value, now: Value): [string, ChangeKind][] {
  const [before, after] = [old, now].map((value) => (Array.isArray(value) && value.length === 0 ? null : value)) as [Value, Value];
  if (field.type === "set" && Array.isArray(before) && Array.isArray(after)) return setPaths(name, before, after);
  if (containsUnknown(after)) return [[name, kindOf(before, after)]];
  return Object.entries(difference({ [name]: before }, { [name]: after }));
}

/** What changes between state and plan; a changed property that replaces has a kind that ends in `_REPLACE`. */
export function changesOf(schema: Schema, state: Properties, inputs: Properties, ignored: string[]): Record<string, ChangeKind> {
  const plan = planned(schema, state, inputs);
  const changes = changedNames(schema, state, plan).flatMap((name) => {
    const field = schema[name] as Field;
    return pathsOf(name, field, reveal(state[name] ?? null), reveal(plan[name] ?? null)).map(
      ([path, kind]): [string, ChangeKind] => [path, field.replaces ? (`${kind}_REPLACE` as ChangeKind) : kind],
    );
  });
  return Object.fromEntries(changes.filter(([path]) => !isIgnored(path, ignored)));
}

/** Two objects can not have one name: where the program fixes the name, the old one goes before the new one comes. */
export function nameIsFixed(state: Properties, inputs: Properties): boolean {
  const defaults = inputs["__defaults"];
  return !(Array.isArray(defaults) && defaults.includes("name")) && equal(reveal(state["name"] ?? null), reveal(inputs["name"] ?? null));
}

/** State as the bridge keeps it: every property, `null` where it is not set, with its id and with its secrets marked. */
export function stored(schema: Schema, id: string, state: Properties): Properties {
  const properties = Object.keys(schema).map((name) => [name, state[name] ?? null]);
  return markSecrets(schema, { id: id === "" ? unknown : id, ...Object.fromEntries(properties) });
}

function refreshedValue(old: Value, now: Value): Value {
  if (!Array.isArray(old) || !Array.isArray(now)) return now;
  return old.slice(0, now.length).map((_, i) => now[i] as Value);
}

/** Inputs after a refresh: those that were there, with what the server has now; what is gone is left out. */
export function refreshedInputs(schema: Schema, inputs: Properties, state: Properties): Properties {
  const [olds, nows] = [revealAll(inputs), revealAll(state)];
  const kept = Object.keys(olds).filter((name) => name !== "__defaults" && (nows[name] ?? null) !== null);
  const refreshed: Properties = Object.fromEntries(kept.map((name) => [name, refreshedValue(olds[name] as Value, nows[name] as Value)]));
  const defaults = Array.isArray(olds["__defaults"]) ? olds["__defaults"] : [];
  const still = defaults.filter((name) => equal(olds[name as string], refreshed[name as string]));
  return markSecrets(schema, { ...refreshed, __defaults: still });
}

function isDefaultOrZero(field: Field, value: Value): boolean {
  return field.default === undefined ? normal(value, field.type) === null : equal(field.default, value);
}

/** Inputs of an import: every required property and every other that is neither its default nor zero. */
export function importedInputs(schema: Schema, state: Properties): Properties {
  const given = inputsOf(schema).filter(
    ([name, field]) => Object.hasOwn(state, name) && (field.required || !isDefaultOrZero(field, reveal(state[name] ?? null))),
  );
  const inputs = Object.fromEntries(given.map(([name]) => [name, state[name] as Value]));
  return markSecrets(schema, { ...inputs, __defaults: [] });
}
