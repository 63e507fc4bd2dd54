import { badRequest } from "./errors.ts";
import type { Context } from "./http.ts";

type Kinds = { string: string; boolean: boolean; object: Record<string, unknown> };

/**
 * The named fields of a JSON body. As upstream, which decodes into a struct: a field of another type is `bad_json`, an unknown one
 * is ignored, null is the same as absent. @throws HttpError 400 bad_json
 */
export function jsonBody<F extends Record<string, keyof Kinds>>(context: Context, fields: F): { -readonly [K in keyof F]?: Kinds[F[K]] } {
  const value = parse(context.body);
  const result: Record<string, unknown> = {};
  for (const [name, expected] of Object.entries(fields)) {
    const given = value[name];
    if (given === undefined || given === null) continue;
    if (kind(given) !== expected) throw unreadable(`json: cannot unmarshal ${kind(given)} into field ${name} of type ${expected}`);
    result[name] = given;
  }
  return result as { -readonly [K in keyof F]?: Kinds[F[K]] };
}

function parse(text: string): Record<string, unknown> {
  if (text.trim() === "") throw unreadable("unexpected end of JSON input");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable((error as Error).message);
  }
  if (value === null) return {};
  if (kind(value) !== "object") throw unreadable(`json: cannot unmarshal ${kind(value)} into an object`);
  return value as Record<string, unknown>;
}

function unreadable(why: string) {
  return badRequest("bad_json", `Could not parse request body as JSON: ${why}`);
}

function kind(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}
