import { objectPath, type StoredObject } from "../../../images/backup/places.ts";
import type { BackupContainer } from "./backupContainer.ts";
import { ownerSql } from "./clients.ts";
import { docker, type ProjectOutputs, type TestStack } from "./testStack.ts";

/** What of a project does not fit together, which it does in every state that existed. */
export interface Inconsistent {
  /** Echoes of a {@link Writer}'s whose hit is not there. */
  echoes: string[];
  /** Objects of Storage that have no file, and files that no object has. */
  withoutFile: string[];
  withoutRow: string[];
}

export const CONSISTENT: Inconsistent = { echoes: [], withoutFile: [], withoutRow: [] };

/** Before anything is deleted: hits go without their echoes. */
export async function inconsistent(stack: TestStack, backups: BackupContainer, name: string, project: ProjectOutputs): Promise<Inconsistent> {
  const { rows } = await ownerSql(project, "select hit from echoes where not exists (select from hits where client = hit) order by 1");
  const objects = JSON.parse(
    await stack.sql(project.database, "select coalesce(json_agg(o), '[]') from (select bucket_id, name, version from storage.objects order by 1, 2) o"),
  ) as StoredObject[];
  const known = new Set(objects.map(objectPath));
  const files = (await docker("exec", backups.name, "find", `/var/lib/storage/files/${name}`, "-type", "f", "-printf", "%P\\0")).split("\0").filter(Boolean);
  const there = new Set(files);
  return {
    echoes: rows.map(({ hit }) => hit as string),
    withoutFile: [...known].filter((path) => !there.has(path)),
    withoutRow: files.filter((path) => !known.has(path)),
  };
}
