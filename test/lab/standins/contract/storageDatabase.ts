import assert from "node:assert/strict";
import type { ContractCase, Query, StorageTarget } from "./storageClient.ts";
import { newBucket, put } from "./storageClient.ts";

/** What Storage leaves in its database and what a user's SQL meets there. */
export function databaseCases(target: () => StorageTarget, query: Query): ContractCase[] {
  return [
    {
      name: "its migrations are recorded under upstream's names",
      run: async () => {
        const rows = await query("select id, name from storage.migrations order by id");
        assert.ok(rows.length >= 64, `${rows.length} migrations`);
        assert.deepEqual([rows[0], rows[63]], [{ id: 0, name: "create-migrations-table" }, { id: 63, name: "fix-search-name-relative-to-prefix" }]);
      },
    },
    {
      name: "the functions of policies take names apart",
      run: async () => {
        const text = "select storage.foldername(n) as folder, storage.filename(n) as file, storage.extension(n) as extension from unnest($1::text[]) with ordinality as t (n, place) order by place";
        assert.deepEqual(await query(text, [["a/b/c.tar.gz", "d.txt", "none"]]), [
          { folder: ["a", "b"], file: "c.tar.gz", extension: "gz" },
          { folder: [], file: "d.txt", extension: "txt" },
          { folder: [], file: "none", extension: "none" },
        ]);
      },
    },
    {
      name: "an operation is known with and without its first word",
      run: async () => {
        const text = `select set_config('storage.operation', 'storage.object.list', false), storage.allow_only_operation('object.list') as short,
          storage.allow_only_operation('storage.object.list') as long, storage.allow_only_operation('object.upload') as other,
          storage.allow_only_operation('') as empty, storage.allow_any_operation(array['object.upload', 'object.list']) as any,
          storage.allow_any_operation('{}') as none, set_config('storage.operation', '', false)`;
        const [{ set_config: _, ...row }] = (await query(text)) as [Record<string, unknown>];
        assert.deepEqual(row, { short: true, long: true, other: false, empty: false, any: true, none: false });
      },
    },
    {
      name: "SQL deletes no object, so that no file is left behind",
      run: async () => {
        const bucket = await newBucket(target());
        await put(target(), bucket, "a.txt");
        await assert.rejects(query("delete from storage.objects where bucket_id = $1", [bucket]), /Direct deletion from storage tables is not allowed/);
        await assert.rejects(query("delete from storage.buckets where id = $1", [bucket]), /Direct deletion from storage tables is not allowed/);
      },
    },
    {
      name: "an object's row has its size, its type and its ETag",
      run: async () => {
        const bucket = await newBucket(target());
        await put(target(), bucket, "dir/a.txt", "hello");
        const [row] = await query("select path_tokens, version, metadata, user_metadata from storage.objects where bucket_id = $1", [bucket]);
        const { lastModified, ...metadata } = row!.metadata;
        assert.ok(!Number.isNaN(Date.parse(lastModified)));
        assert.deepEqual(metadata, {
          eTag: '"5d41402abc4b2a76b9719d911017c592"', size: 5, mimetype: "text/plain", cacheControl: "no-cache", contentLength: 5, httpStatusCode: 200,
        });
        assert.deepEqual([row!.path_tokens, row!.user_metadata], [["dir", "a.txt"], {}]);
        assert.match(row!.version, /^[0-9a-f-]{36}$/);
      },
    },
  ];
}
