// Which function a call means (references/api/functions.rst; src/PostgREST/Plan.hs findProc and Error.hs at v14.17).
import { keyOf } from "./catalog.ts";
import type { Routine, SchemaCache } from "./catalog.ts";
import { RestError } from "./errors.ts";
import { closest } from "./hints.ts";
import type { MediaType } from "./mediaTypes.ts";

interface Call {
  schema: string;
  name: string;
  /** names of the given arguments, sorted */
  keys: string[];
  contentType: MediaType;
  isPost: boolean;
}

const RAW: Record<string, string[]> = { json: ["json", "jsonb"], text: ["text"], xml: ["xml"], octet: ["bytea"] };

const isRawOnly = ({ isPost, contentType }: Call): boolean => isPost && ["text", "xml", "octet"].includes(contentType.kind);

/** One argument without a name takes the body as it is. */
function takesBody({ params }: Routine, call: Call): boolean {
  const [only, ...more] = params;
  if (!call.isPost || only === undefined || more.length > 0 || only.name !== "") return false;
  return RAW[call.contentType.kind]?.includes(only.type) ?? false;
}

function takesArguments({ params }: Routine, call: Call): boolean {
  if (params.length === 0) return call.keys.length === 0 && !isRawOnly(call);
  const names = new Set(params.map(({ name }) => name));
  return call.keys.every((key) => names.has(key)) && params.every(({ name, required }) => !required || call.keys.includes(name));
}

export function findRoutine(cache: SchemaCache, call: Call): Routine {
  const named = cache.routines.get(keyOf(call)) ?? [];
  const byArguments = named.filter((routine) => takesArguments(routine, call));
  const byBody = named.filter((routine) => !takesArguments(routine, call) && takesBody(routine, call));
  const found = byArguments.length > 0 ? byArguments : byBody;
  if (found.length === 1) return found[0]!;
  throw found.length === 0 ? notFound(cache, call, named) : ambiguous(found);
}

function ambiguous(found: Routine[]): RestError {
  const list = found.map(({ schema, name, params }) => `${schema}.${name}(${params.map((p) => `${p.name} => ${p.type}`).join(", ")})`);
  return new RestError(300, "PGRST203", `Could not choose the best candidate function between: ${list.join(", ")}`, {
    hint: "Try renaming the parameters or the function itself in the database so function overloading can be resolved",
  });
}

function notFound(cache: SchemaCache, call: Call, named: Routine[]): RestError {
  const name = `${call.schema}.${call.name}`;
  const keys = call.keys.join(", ");
  const inMessage = isRawOnly(call) ? "" : keys === "" ? " without parameters" : `(${keys})`;
  const inDetails = keys === "" ? " without parameters" : ` with parameter${call.keys.length > 1 ? "s" : ""} ${keys}`;
  const raw = { text: "text", xml: "xml", octet: "bytea" }[call.contentType.kind as string];
  const searched =
    call.isPost && raw !== undefined
      ? ` with a single unnamed ${raw} parameter`
      : call.isPost && call.contentType.kind === "json"
        ? `${inDetails} or with a single unnamed json/jsonb parameter`
        : inDetails;
  return new RestError(404, "PGRST202", `Could not find the function ${name}${inMessage} in the schema cache`, {
    details: `Searched for the function ${name}${searched}, but no matches were found in the schema cache.`,
    hint: isRawOnly(call) ? null : suggestion(cache, call, named),
  });
}

function suggestion(cache: SchemaCache, call: Call, named: Routine[]): string | null {
  const listed = (names: string[]): string => `(${[...names].sort().join(", ")})`;
  const near =
    named.length === 0
      ? closest(call.name, [...cache.routines.values()].flat().filter(({ schema }) => schema === call.schema).map(({ name }) => name), 0.75)
      : closest(listed(call.keys), named.map(({ params }) => listed(params.map((p) => p.name))), 0.33);
  if (near === undefined) return null;
  return `Perhaps you meant to call the function ${call.schema}.${named.length === 0 ? near : call.name + near}`;
}
