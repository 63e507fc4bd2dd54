// Media types (references/api/resource_representation.rst; src/PostgREST/MediaType.hs at v14.17).

export type MediaType =
  | { kind: "any" | "json" | "csv" | "geojson" | "text" | "xml" | "openapi" | "urlencoded" | "octet" }
  | { kind: "object" | "array"; stripNulls: boolean }
  | { kind: "plan" }
  | { kind: "other"; mime: string };

const PLAIN: Record<string, "any" | "json" | "csv" | "geojson" | "text" | "xml" | "openapi" | "urlencoded" | "octet"> = {
  "*/*": "any", "application/json": "json", "text/csv": "csv", "application/geo+json": "geojson", "text/plain": "text",
  "text/xml": "xml", "application/openapi+json": "openapi", "application/x-www-form-urlencoded": "urlencoded",
  "application/octet-stream": "octet",
};
const MIME = Object.fromEntries(Object.entries(PLAIN).map(([mime, kind]) => [kind, mime]));

export function parseMediaType(text: string): MediaType {
  const [type = "", ...params] = text.split(";").map((part) => part.trim());
  const name = type.toLowerCase();
  const stripNulls = params.some((param) => /^nulls\s*=\s*"?stripped"?$/i.test(param));
  if (/^application\/vnd\.pgrst\.plan(\+(text|json))?$/.test(name)) return { kind: "plan" };
  if (/^application\/vnd\.pgrst\.object(\+json)?$/.test(name)) return { kind: "object", stripNulls };
  if (/^application\/vnd\.pgrst\.array(\+json)?$/.test(name)) return stripNulls ? { kind: "array", stripNulls } : { kind: "json" };
  const kind = PLAIN[name];
  return kind === undefined ? { kind: "other", mime: text } : { kind };
}

export function toMime(type: MediaType): string {
  if (type.kind === "object" || type.kind === "array") {
    return `application/vnd.pgrst.${type.kind}+json${type.stripNulls ? ";nulls=stripped" : ""}`;
  }
  if (type.kind === "plan") return "application/vnd.pgrst.plan+text";
  return type.kind === "other" ? type.mime : MIME[type.kind]!;
}

export function contentType(type: MediaType): string {
  return type.kind === "other" || type.kind === "octet" ? toMime(type) : `${toMime(type)}; charset=utf-8`;
}

/** The header's types, the most wanted first (`q=`). */
export function parseAccept(header: string | undefined): MediaType[] {
  if (header === undefined) return [{ kind: "any" }];
  const weight = (text: string): number => Number(/;\s*q\s*=\s*([\d.]+)/i.exec(text)?.[1] ?? 1);
  return header
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((text) => ({ text: text.trim(), q: weight(text) }))
    .sort((a, b) => b.q - a.q)
    .map(({ text }) => parseMediaType(text.replace(/;\s*q\s*=\s*[\d.]+/i, "")));
}
