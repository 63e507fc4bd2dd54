// zod's issues in words for people: what is wrong → how to mend it.
import type { z } from "zod";
import { nearest, quote } from "./error.ts";
import type { Path, SourceFile } from "./document.ts";
import type { Mistake } from "./report.ts";
import { fieldsAt } from "./schema.ts";

type Issue = z.core.$ZodIssue;

export interface ExplainArgs {
  source: SourceFile;
  /** The stack's name, for the commands that are proposed. */
  stack: string;
}

/** All mistakes that the schema finds. Of a field's several ones, the first. */
export function explain(issues: readonly Issue[], args: ExplainArgs): Mistake[] {
  const seen = new Set<string>();
  return issues.flatMap((issue) => {
    const path = issue.path as Path;
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownField([...path, key], args.source));
    const place = JSON.stringify(path);
    if (seen.has(place)) return [];
    seen.add(place);
    return [{ offset: args.source.offset(path), text: explainIssue(issue, path, args) }];
  });
}

function explainIssue(issue: Issue, path: Path, { source, stack }: ExplainArgs): string {
  const value = valueAt(source.value, path);
  if (isSecret(path)) return secretMistake(path, value, source.value, stack);
  const field = fieldName(path);
  const expected = issue.code === "invalid_type" ? issue.expected : undefined;
  if (value === undefined || value === null) {
    const how = howToFill(path) ?? (expected === "object" ? fieldsOf(path) : "write one, or leave the field out");
    return `${field} ${value === undefined ? "is missing" : "has no value"} → ${how}`;
  }
  if (issue.code === "invalid_value") return wrongWord(field, value, issue.values.map(String));
  // A number that is none of those allowed gets the field's own words, as all other checks do (schema.ts).
  if (expected === undefined || issue.message.startsWith("must be ")) return `${field} ${issue.message}`;
  const how = howToFill(path) ?? (expected === "object" ? fieldsOf(path) : HOW_TO_WRITE[expected]);
  return `${field} must be ${KINDS[expected] ?? expected}, not ${kindOf(value)} → ${how}`;
}

const fieldsOf = (path: Path): string => `its fields are ${fieldsAt(path).join(", ")}`;

/** How to write what must be there. */
function howToFill(path: Path): string | undefined {
  if (path.length === 0) return "write projects: and below it the list of projects";
  if (path.length === 1 && path[0] === "projects") return "write projects: [] if there shall be none";
  if (path.length === 2 && path[0] === "projects") return "write - name: blog and its other fields below";
  if (path.length === 3 && path[2] === "name") return "give the project one, such as name: blog";
  return undefined;
}

const HOW_TO_WRITE: Record<string, string> = {
  string: "put it in quotes",
  boolean: "write true or false",
  array: "write each in a line of its own that begins with -",
  number: "write digits, without quotes",
};

const KINDS: Record<string, string> = {
  string: "a text",
  // All numbers of the file are whole ones.
  number: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a group of fields",
};

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "boolean") return `the truth value ${value}`;
  return { string: "a text", number: "a number", object: "a group of fields" }[typeof value as string] ?? typeof value;
}

function wrongWord(field: string, value: unknown, words: string[]): string {
  const shown = typeof value === "string" ? quote(value) : kindOf(value);
  const meant = typeof value === "string" ? nearest(value, words) : undefined;
  return `${field} must be ${words.join(" or ")}, not ${shown} → write ${meant ?? words.join(" or ")}`;
}

function unknownField(path: Path, source: SourceFile): Mistake {
  const name = String(path.at(-1));
  const place = path.slice(0, -1);
  return { offset: source.keyOffset(path), text: unknownFieldText(name, place) };
}

function unknownFieldText(name: string, place: Path): string {
  const known = fieldsAt(place);
  if (place.length === 1 && place[0] === "defaults" && fieldsAt(["projects", 0]).includes(name))
    return `${name} can not be a default: each project has its own → write it there`;
  const meant = nearest(name, known);
  if (meant !== undefined && isWord(name)) return `unknown field "${name}" → did you mean ${meant}?`;
  // A value, even a secret, that lost the space after its colon: `{password:hunter2}`. Only the field is shown.
  const before = name.split(":", 1)[0];
  if (before !== name && known.includes(before)) return `unknown field that begins with ${before}: → write a space after the colon`;
  const shown = isWord(name) && !mayBeSecret(place) ? ` "${name}"` : "";
  return `unknown field${shown} → known here: ${known.join(", ")}`;
}

const isWord = (name: string): boolean => /^[A-Za-z][\w-]{0,39}$/.test(name);

/** All secrets of the file are below `auth`: what stands there as a field may be one that was written wrongly. */
const mayBeSecret = (place: Path): boolean => place.includes("auth");

/** Where in a path the field of a secret is; -1 where there is none. */
export const secretIndex = (path: Path): number => path.findIndex((key, index) => isSecretField(path, index, key));

function isSecretField(path: Path, index: number, key: string | number): boolean {
  return (key === "password" && path[index - 1] === "smtp") || (key === "secret" && path[index - 2] === "external");
}

const isSecret = (path: Path): boolean => secretIndex(path) >= 0;

/** The key under which the command that is proposed keeps a secret: `docs-smtp-password`. */
export function proposedKey(path: Path, file: unknown): string {
  const [top, index] = path;
  const name = top === "projects" ? valueAt(file, ["projects", index as number, "name"]) : undefined;
  const owner = typeof name === "string" && /^[a-z][a-z0-9-]{0,30}$/.test(name) ? [name] : [];
  const field = path.slice(top === "projects" ? 3 : 2, secretIndex(path) + 1).filter((key) => key !== "external");
  return [...owner, ...field].join("-");
}

function secretMistake(path: Path, value: unknown, file: unknown, stack: string): string {
  const key = proposedKey(path, file);
  const field = fieldName(path.slice(0, secretIndex(path) + 1));
  const how = `pulumi config set --secret ${key} --stack ${stack}, and write ${path[secretIndex(path)]}: { fromConfig: ${key} }`;
  if (path.at(-1) === "fromConfig") return `${field}.fromConfig must be a key of the stack's config: letters, digits, - and _ → ${how}`;
  return `${field} must not stand in this file${value === null ? ", and has no value" : ""} → ${how}`;
}

/** `auth.smtp.port`: the path within a project. */
export function fieldName(path: Path): string {
  const within = path[0] === "projects" && path.length > 1 ? path.slice(2) : path[0] === "defaults" && path.length > 1 ? path.slice(1) : path;
  const words = within.filter((key) => typeof key === "string");
  if (words.length > 0) return words.join(".");
  return path.length === 0 ? "the file" : "the project";
}

export function valueAt(value: unknown, path: Path): unknown {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, key)) return undefined;
    inner = (inner as Record<string | number, unknown>)[key];
  }
  return inner;
}
