import assert from "node:assert/strict";
import { call, type Cases, fails, newBucket, put } from "./storageClient.ts";

export const changeCases: Cases = (target) => {
  const ask = (method: string, path: string, json?: object, headers?: Record<string, string>) => call(target(), method, path, { token: target().serviceKey, json, headers });
  const text = async (bucket: string, name: string) => (await ask("GET", `/object/${bucket}/${name}`)).text;
  return [
    {
      name: "an object moves, within a bucket and to another, with its type",
      run: async () => {
        const [from, to] = [await newBucket(target()), await newBucket(target())];
        await put(target(), from, "a.txt", "hello");
        const { body } = await ask("POST", "/object/move", { bucketId: from, sourceKey: "a.txt", destinationKey: "b/c.txt" });
        assert.deepEqual([body.message, body.Key], ["Successfully moved", "b/c.txt"]);
        assert.equal((await ask("POST", "/object/move", { bucketId: from, sourceKey: "b/c.txt", destinationBucket: to, destinationKey: "d.txt" })).status, 200);
        const moved = await ask("GET", `/object/${to}/d.txt`);
        assert.deepEqual([moved.text, moved.headers.get("content-type")], ["hello", "text/plain"]);
        fails(await ask("GET", `/object/${from}/b/c.txt`), "404", "not_found", "Object not found");
        fails(await ask("POST", "/object/move", { bucketId: from, sourceKey: "none", destinationKey: "x" }), "404", "not_found", "Object not found");
      },
    },
    {
      name: "an object is copied, with its metadata or with others; onto another one only with x-upsert",
      run: async () => {
        const bucket = await newBucket(target());
        await put(target(), bucket, "a.txt", "hello", { "cache-control": "max-age=5" });
        const copied = await ask("POST", "/object/copy", { bucketId: bucket, sourceKey: "a.txt", destinationKey: "b.txt" });
        assert.deepEqual([copied.status, copied.body.Key, copied.body.name], [200, `${bucket}/b.txt`, "b.txt"]);
        assert.equal(await text(bucket, "a.txt"), "hello");
        assert.equal((await ask("GET", `/object/${bucket}/b.txt`)).headers.get("cache-control"), "max-age=5");
        const other = { bucketId: bucket, sourceKey: "a.txt", destinationKey: "c.md", copyMetadata: false, metadata: { mimetype: "text/markdown" } };
        assert.equal((await ask("POST", "/object/copy", other)).status, 200);
        const { headers } = await ask("GET", `/object/${bucket}/c.md`);
        assert.deepEqual([headers.get("content-type"), headers.get("cache-control")], ["text/markdown", "max-age=5"]);
        const again = { bucketId: bucket, sourceKey: "c.md", destinationKey: "b.txt" };
        fails(await ask("POST", "/object/copy", again), "409", "Duplicate", "The resource already exists");
        assert.equal((await ask("POST", "/object/copy", again, { "x-upsert": "true" })).status, 200);
      },
    },
    {
      name: "one object is removed, and many; what is not there is not in the answer",
      run: async () => {
        const bucket = await newBucket(target());
        for (const name of ["a", "b", "c"]) await put(target(), bucket, name);
        assert.deepEqual((await ask("DELETE", `/object/${bucket}/a`)).body, { message: "Successfully deleted" });
        fails(await ask("DELETE", `/object/${bucket}/a`), "404", "not_found", "Object not found");
        const { body } = await ask("DELETE", `/object/${bucket}`, { prefixes: ["b", "c", "none"] });
        assert.deepEqual(body.map((each: any) => each.name).sort(), ["b", "c"]);
        assert.deepEqual(body[0].metadata.size, 1);
      },
    },
  ];
};
