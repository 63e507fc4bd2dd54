import { errors, StorageError } from "../errors.ts";
import { isUuid } from "../names.ts";
import type { Transaction } from "./session.ts";

export type Bucket = {
  id: string;
  name: string;
  owner: string | null;
  public: boolean;
  type: string;
  file_size_limit: number | null;
  allowed_mime_types: string[] | null;
  created_at: Date;
  updated_at: Date;
};

export type StoredObject = {
  id: string;
  name: string;
  bucket_id: string;
  owner: string | null;
  owner_id: string | null;
  version: string | null;
  metadata: Record<string, any> | null;
  user_metadata: Record<string, unknown> | null;
  created_at: Date;
  updated_at: Date;
  last_accessed_at: Date;
};

/** A database or a transaction of it. */
export type Queryable = Pick<Transaction, "query">;

/** Columns of one row, without the ones that are undefined. */
type Row = Record<string, unknown>;

const given = (row: Row): [string, unknown][] => Object.entries(row).filter(([, value]) => value !== undefined);

export async function findBucket(db: Queryable, id: string, isPublic?: boolean): Promise<Bucket | undefined> {
  const { rows } = await db.query("select * from storage.buckets where id = $1 and ($2::boolean is null or public = $2)", [id, isPublic ?? null]);
  return rows[0];
}

export async function bucketOf(db: Queryable, id: string): Promise<Bucket> {
  const found = await findBucket(db, id);
  if (found === undefined) throw errors.noSuchBucket();
  return found;
}

export async function insertBucket(db: Queryable, row: Row): Promise<void> {
  const columns = given(row);
  try {
    await db.query(
      `insert into storage.buckets (${columns.map(([name]) => name).join(", ")}) values (${columns.map((_, index) => `$${index + 1}`).join(", ")})`,
      columns.map(([, value]) => value),
    );
  } catch (error) {
    throw renamed(error, "BucketAlreadyExists");
  }
}

export async function updateBucket(db: Queryable, id: string, row: Row): Promise<void> {
  const columns = given(row);
  if (columns.length === 0) return;
  const sets = columns.map(([name], index) => `${name} = $${index + 2}`).join(", ");
  const { rowCount } = await db.query(`update storage.buckets set ${sets} where id = $1`, [id, ...columns.map(([, value]) => value)]);
  if (!rowCount) throw errors.noSuchBucket();
}

/** @throws StorageError NoSuchKey */
export async function objectOf(db: Queryable, bucketId: string, name: string): Promise<StoredObject> {
  const found = await findObject(db, bucketId, name);
  if (found === undefined) throw errors.noSuchKey();
  return found;
}

export async function findObject(db: Queryable, bucketId: string, name: string, lock: "" | "for update" = ""): Promise<StoredObject | undefined> {
  const { rows } = await db.query(`select * from storage.objects where bucket_id = $1 and name = $2 ${lock}`, [bucketId, name]);
  return rows[0];
}

export type NewObject = {
  bucketId: string;
  name: string;
  owner?: string;
  version: string;
  metadata?: unknown;
  userMetadata?: unknown;
};

const objectRow = ({ bucketId, name, owner, version, metadata, userMetadata }: NewObject): [string, unknown][] =>
  given({
    bucket_id: bucketId,
    name,
    owner: isUuid(owner ?? "") ? owner : undefined,
    owner_id: owner,
    version,
    metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
    user_metadata: userMetadata === undefined ? undefined : JSON.stringify(userMetadata),
  });

export async function insertObject(db: Queryable, object: NewObject, onConflict: "fail" | "update"): Promise<StoredObject> {
  const columns = objectRow(object);
  const names = columns.map(([name]) => name);
  const updated = names.filter((name) => name !== "bucket_id" && name !== "name").map((name) => `${name} = excluded.${name}`);
  const conflict = onConflict === "fail" ? "" : `on conflict (name, bucket_id) do update set ${updated.join(", ")} returning *`;
  try {
    const { rows } = await db.query(
      `insert into storage.objects (${names.join(", ")}) values (${names.map((_, index) => `$${index + 1}`).join(", ")}) ${conflict}`,
      columns.map(([, value]) => value),
    );
    return rows[0];
  } catch (error) {
    throw onConflict === "fail" ? renamed(error, "KeyAlreadyExists") : error;
  }
}

export async function updateObject(db: Queryable, from: { bucketId: string; name: string }, to: NewObject): Promise<void> {
  const columns = objectRow(to);
  const sets = columns.map(([name], index) => `${name} = $${index + 3}`).join(", ");
  const { rowCount } = await db.query(`update storage.objects set ${sets} where bucket_id = $1 and name = $2`, [
    from.bucketId, from.name, ...columns.map(([, value]) => value),
  ]);
  if (!rowCount) throw errors.noSuchKey();
}

/** The columns that an answer has; upstream's serializer makes "" of a text that is null. */
export const shownObject = ({ id, name, bucket_id, owner, owner_id, version, created_at, updated_at, last_accessed_at, metadata, user_metadata }: StoredObject) => ({
  id, name, bucket_id, owner: owner ?? "", owner_id: owner_id ?? "", version: version ?? "", created_at, updated_at, last_accessed_at, metadata, user_metadata,
});

/** Only one at a time finishes an object of this name. Upstream's key is another number for it, so the two do not run side by side. */
export async function lockObject(tx: Transaction, bucketId: string, name: string): Promise<void> {
  await tx.query("select set_config('lock_timeout', '5s', true), pg_advisory_xact_lock(hashtext($1))", [`${bucketId}/${name}`]);
  await tx.query("select set_config('lock_timeout', '0', true)");
}

function renamed(error: unknown, code: "KeyAlreadyExists" | "BucketAlreadyExists"): unknown {
  return error instanceof StorageError && error.code === "ResourceAlreadyExists" ? errors.alreadyExists(code) : error;
}
