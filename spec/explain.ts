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
  if (value === undefined) return `${field} is missing → ${howToWrite(issue, path)}`;
  if (value === null) return `${field} has no value → ${howToWrite(issue, path)}`;
  if (issue.code === "invalid_type" && !isOwnWords(issue)) return `${field} must be ${KINDS[issue.expected] ?? issue.expected}, not ${kindOf(value)} → ${howToWrite(issue, path)}`;
  if (issue.code === "invalid_value") return wrongWord(field, value, issue.values.map(String));
  return `${field} ${issue.message}`;
}

/** A number that is none of the whole ones gets the field's own words (schema.ts). */
const isOwnWords = (issue: Issue & { code: "invalid_type" }): boolean => issue.message.startsWith("must be ");

const KINDS: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a group of fields",
};

function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "boolean") return `the truth value ${value}`;
  return { string: "a text", number: "a number", object: "a group of fields" }[typeof value as string] ?? typeof value;
}

function howToWrite(issue: Issue, path: Path): string {
  if (path.length === 0) return "write projects: and below it the list of projects";
  if (path.length === 1 && path[0] === "projects") return "write projects: [] if there shall be none";
  if (path.at(-1) === "name" && path.length === 3) return "give the project one, such as name: blog";
  if (path.length === 2 && path[0] === "projects") return "write - name: blog and its other fields below";
  if (issue.code !== "invalid_type") return "write one, or leave the field out";
  const fields = fieldsAt(path);
  if (issue.expected === "object") return `its fields are ${fields.join(", ")}`;
  return { string: "put it in quotes", boolean: "write true or false", array: "write each in a line of its own that begins with -", int: "write the digits only" }[issue.expected as string] ?? "write a value, or leave the field out";
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
  // What is no plain word may be a value, even a secret, that lost its colon's space: `{password:hunter2}`. It is not shown.
  if (!/^[A-Za-z][\w-]{0,39}$/.test(name)) {
    const before = /^([A-Za-z]\w{0,39}):/.exec(name)?.[1];
    if (before !== undefined) return `unknown field that begins with "${before}:" → write a space after the colon`;
    return `unknown field, and no plain word → known here: ${known.join(", ")}`;
  }
  const meant = nearest(name, known);
  return `unknown field "${name}" → ${meant === undefined ? `known here: ${known.join(", ")}` : `did you mean ${meant}?`}`;
}

/** Whether a secret stands, or belongs, at the path or around it. */
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
