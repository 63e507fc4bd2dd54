import { normalize, resolve, sep } from "node:path";
import { errors } from "../errors.ts";

/** A file below the root. A name with a `.` or `..` segment is refused even where it would stay below (src/storage/backend/secure-path.ts). */
export function securePath(root: string, relative: string): string {
  if (relative.includes("\0")) throw errors.invalidKey(`${relative.replaceAll("\0", "")} contains a null byte`);
  if (relative.split(/[\\/]+/).some((segment) => segment === "." || segment === "..")) throw errors.invalidKey(`${relative} contains dot path segment`);
  const base = resolve(root);
  const path = normalize(resolve(base, relative));
  if (path !== base && !path.startsWith(base + sep)) throw errors.invalidKey(`${relative} resolves outside storage directory`);
  return path;
}

/** The place of an object's version in the storage directory (src/storage/locator.ts). */
export const objectKey = (place: { tenantId: string; bucketId: string; name: string }, version?: string | null): string =>
  [place.tenantId, place.bucketId, place.name, ...(version ? [version] : [])].join("/");
