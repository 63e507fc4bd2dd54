// Differences between two property maps, by path, as pulumi v3.259.0 sdk/go/common/resource/properties_diff.go and
// plugin.NewDetailedDiffFromObjectDiff name them.
import { equal, isObject } from "./value.ts";
import type { ChangeKind } from "./plugin.ts";
import type { Properties, Value } from "./value.ts";

type Base = "ADD" | "DELETE" | "UPDATE";

function join(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function walk(path: string, old: Value | undefined, now: Value | undefined, found: Record<string, ChangeKind>): void {
  if (equal(old, now)) return;
  if (Array.isArray(old) && Array.isArray(now)) {
    for (let i = 0; i < Math.max(old.length, now.length); i++) walk(join(path, i), old[i], now[i], found);
  } else if (isObject(old) && isObject(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
      walk(join(path, key), own(old, key), own(now, key), found);
    }
  } else {
    found[path] = kindOf(old, now);
  }
}

const own = (properties: Properties, key: string) => (Object.hasOwn(properties, key) ? properties[key] : undefined);

/** ADD where there was nothing, DELETE where there is nothing now, else UPDATE; `null` is nothing. */
export function kindOf(old: Value | undefined, now: Value | undefined): Base {
  if (old === undefined || old === null) return "ADD";
  return now === undefined || now === null ? "DELETE" : "UPDATE";
}

/** Every path at which the two differ, deepest known path first named; empty when equal. */
export function difference(old: Properties, now: Properties): Record<string, ChangeKind> {
  const found: Record<string, ChangeKind> = {};
  walk("", old, now, found);
  return found;
}
