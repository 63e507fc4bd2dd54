// `jwt-role-claim-key` (docs/references/auth.rst "JWT Role Claim Key Extraction"): `.role`, `."https://x/y".roles[0]`.
// Upstream's filter expressions `[?(@ == "x")]` are lacking.

export type JsPath = (string | number)[];

/** @throws Error when the path is not of the form that this stand-in knows. */
export function parseRoleClaimKey(text: string): JsPath {
  const path: JsPath = [];
  const step = /\.([A-Za-z0-9_$@-]+)|\."([^"]*)"|\[(\d+)\]/y;
  while (step.lastIndex < text.length) {
    const found = step.exec(text);
    if (found === null) throw new Error(`failed to parse role-claim-key value (${text})`);
    path.push(found[3] === undefined ? (found[1] ?? found[2])! : Number(found[3]));
  }
  return path;
}

export function walkJsPath(value: unknown, path: JsPath): unknown {
  return path.reduce<unknown>((here, key) => {
    if (typeof key === "number") return Array.isArray(here) ? (here as unknown[])[key] : undefined;
    const isObject = typeof here === "object" && here !== null && !Array.isArray(here);
    return isObject && Object.hasOwn(here, key) ? (here as Record<string, unknown>)[key] : undefined;
  }, value);
}
