// Kong's two rules for paths, retold from what kong/tools/uri.lua and kong/router/utils.lua @3.9.3 do.

const RESERVED = "!*'();:@&=+$,/?%#[]";

/** Each character is a byte. */
const decoded = (path: string): string =>
  path.replace(/%([0-9a-f]{2})/gi, (triplet, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return RESERVED.includes(character) ? triplet.toUpperCase() : character;
  });

/** What the router sees: what needs no encoding decoded, dots resolved, slashes merged. */
export function normalizePath(path: string): string {
  const out: string[] = [];
  const segments = decoded(path).replace(/\/{2,}/g, "/").split("/").slice(1);
  segments.forEach((segment, index) => {
    const isLast = index === segments.length - 1;
    if (segment === "..") out.pop();
    else if (segment !== ".") out.push(segment);
    if (isLast && (segment === "." || segment === "..")) out.push("");
  });
  return `/${out.join("/")}`;
}

/** What the service gets: its own path, and what is left when the matched beginning is cut off. */
export function upstreamPath(path: string, matched: string, base: string): string {
  const rest = path.slice(matched.length);
  const trimmed = base.endsWith("/") ? base.slice(0, -1) : base;
  if (rest !== "") return rest.startsWith("/") ? trimmed + rest : `${trimmed}/${rest}`;
  if (base === "/") return "/";
  return path.endsWith("/") ? `${trimmed}/` : trimmed;
}

/** What is sent is escaped again. */
export const escapePath = (path: string): string =>
  path.replace(/[^!#$&'()*+,/:;=?@[\]A-Za-z\d\-_.~%]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
