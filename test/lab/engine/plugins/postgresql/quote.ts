// Values into SQL text. CREATE/ALTER ROLE and DATABASE take no parameters, so text it must be; pg's own escapes do it.
import { createRequire } from "node:module";

// Only pg's two escapes, not pg: a plugin that connects to nothing does not load a client.
const utils = createRequire(import.meta.url)("pg/lib/utils.js") as {
  escapeIdentifier(name: string): string;
  escapeLiteral(value: string): string;
};

function withoutNul(text: string): string {
  // The wire protocol ends a statement at NUL, so what follows would silently be dropped.
  if (text.includes("\0")) throw new Error("a NUL character can be in no name or value of Postgres");
  return text;
}

/** A name as SQL text: `"na""me"`. */
export function identifier(name: string): string {
  return utils.escapeIdentifier(withoutNul(name));
}

/** A string value as SQL text: `'val''ue'`, right with and without standard_conforming_strings. */
export function literal(value: string): string {
  return utils.escapeLiteral(withoutNul(value)).trimStart();
}

/**
 * A literal whose backslashes upstream would double (helpers.go pqQuoteLiteral in a plain '…'), so that the server gets
 * another value than the program gave. The stand-in stops there instead of being better than what it stands for.
 */
export function upstreamLiteral(value: string, property: string): string {
  if (value.includes("\\")) {
    throw new Error(`lab postgresql: ${property} holds a backslash, which the released plugin would double`);
  }
  return literal(value);
}
