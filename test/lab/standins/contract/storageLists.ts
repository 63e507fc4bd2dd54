import assert from "node:assert/strict";
import { call, type Cases, fails, newBucket, put } from "./storageClient.ts";

export const listCases: Cases = (target) => {
  const list = (bucket: string, json: object) => call(target(), "POST", `/object/list/${bucket}`, { token: target().serviceKey, json });
  const names = async (bucket: string, json: object) => (await list(bucket, json)).body.map((each: any) => each.name);
  return [
    {
      name: "a folder's objects and folders are listed by name, whatever its case, in pages",
      run: async () => {
        const bucket = await newBucket(target());
        for (const name of ["b.txt", "a/1.txt", "a/deep/3.txt", "C.txt", "a.txt"]) await put(target(), bucket, name);
        assert.deepEqual(await names(bucket, { prefix: "" }), ["a.txt", "a", "b.txt", "C.txt"]);
        assert.deepEqual(await names(bucket, { prefix: "", sortBy: { column: "name", order: "desc" } }), ["C.txt", "b.txt", "a", "a.txt"]);
        assert.deepEqual(await names(bucket, { prefix: "", limit: 2, offset: 1 }), ["a", "b.txt"]);
        assert.deepEqual(await names(bucket, { prefix: "a" }), ["1.txt", "deep"]);
        assert.deepEqual(await names(bucket, { prefix: "a/", search: "de" }), ["deep"]);
        const [folder, object] = (await list(bucket, { prefix: "a" })).body.toReversed();
        assert.deepEqual([folder.id, folder.metadata], [null, null]);
        assert.deepEqual([object.metadata.size, object.metadata.mimetype], [7, "text/plain"]);
      },
    },
    {
      name: "by time, folders come first",
      run: async () => {
        const bucket = await newBucket(target());
        for (const name of ["z.txt", "f/x.txt", "a.txt"]) await put(target(), bucket, name);
        assert.deepEqual(await names(bucket, { prefix: "", sortBy: { column: "created_at", order: "asc" } }), ["f", "z.txt", "a.txt"]);
        assert.deepEqual(await names(bucket, { prefix: "", sortBy: { column: "updated_at", order: "desc" } }), ["f", "a.txt", "z.txt"]);
        fails(await list(bucket, { prefix: "", sortBy: { column: "size" } }), "400", "Error", "body/sortBy/column must be equal to one of the allowed values");
      },
    },
    {
      name: "version 2 lists all pages by cursor, folders apart or flat",
      run: async () => {
        const bucket = await newBucket(target());
        for (const name of ["b.txt", "a/1.txt", "a/2.txt", "c/3.txt", "d.txt"]) await put(target(), bucket, name);
        const pages = async (json: object): Promise<string[][]> => {
          const all: string[][] = [];
          let cursor: string | undefined;
          do {
            const { body } = await call(target(), "POST", `/object/list-v2/${bucket}`, { token: target().serviceKey, json: { limit: 2, ...json, ...(cursor ? { cursor } : {}) } });
            all.push([...body.folders, ...body.objects].map((each: any) => each.name));
            cursor = body.hasNext ? body.nextCursor : undefined;
          } while (cursor !== undefined);
          return all;
        };
        assert.deepEqual(await pages({ with_delimiter: true }), [["a/", "b.txt"], ["c/", "d.txt"]]);
        assert.deepEqual(await pages({ with_delimiter: true, sortBy: { column: "name", order: "desc" } }), [["c/", "d.txt"], ["a/", "b.txt"]]);
        assert.deepEqual(await pages({}), [["a/1.txt", "a/2.txt"], ["b.txt", "c/3.txt"], ["d.txt"]]);
        assert.deepEqual(await pages({ prefix: "a/" }), [["a/1.txt", "a/2.txt"]]);
        assert.deepEqual(await pages({ sortBy: { column: "created_at", order: "desc" } }), [["d.txt", "c/3.txt"], ["a/2.txt", "a/1.txt"], ["b.txt"]]);
        const bad = await call(target(), "POST", `/object/list-v2/${bucket}`, { token: target().serviceKey, json: { cursor: "eHg=" } });
        fails(bad, "400", "InvalidParameter", "Invalid Parameter continuation token");
      },
    },
  ];
};
