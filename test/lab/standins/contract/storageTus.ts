import assert from "node:assert/strict";
import type { StorageTarget } from "./storageClient.ts";
import { call, type Cases, newBucket, put } from "./storageClient.ts";

const VERSION = { "tus-resumable": "1.0.0" };
const coded = (values: Record<string, string>): string => Object.entries(values).map(([key, value]) => `${key} ${Buffer.from(value).toString("base64")}`).join(",");

async function create(target: StorageTarget, metadata: Record<string, string>, length: number, headers: Record<string, string> = {}) {
  return call(target, "POST", "/upload/resumable", {
    token: target.serviceKey,
    headers: { ...VERSION, "upload-length": String(length), "upload-metadata": coded(metadata), ...headers },
  });
}

const step = (target: StorageTarget, method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
  call(target, method, path, { token: target.serviceKey, headers: { ...VERSION, ...headers }, body });

const patch = (target: StorageTarget, path: string, offset: number, body: string) =>
  step(target, "PATCH", path, { "upload-offset": String(offset), "content-type": "application/offset+octet-stream" }, body);

const pathOf = (location: string | null): string => new URL(location!).pathname.replace(/^\/storage\/v1/, "");

export const tusCases: Cases = (target) => [
  {
    name: "an upload goes on where it was broken off, and is an object at its end",
    run: async () => {
      const bucket = await newBucket(target());
      const metadata = { bucketName: bucket, objectName: "dir/a.txt", contentType: "text/plain", cacheControl: "3600", metadata: '{"album":"x"}' };
      const created = await create(target(), metadata, 10);
      assert.equal(created.status, 201, created.text);
      const path = pathOf(created.headers.get("location"));
      assert.equal((await patch(target(), path, 0, "01234")).headers.get("upload-offset"), "5");
      const head = await step(target(), "HEAD", path);
      assert.deepEqual([head.status, head.headers.get("upload-offset"), head.headers.get("upload-length")], [200, "5", "10"]);
      assert.equal((await patch(target(), path, 0, "01234")).status, 409);
      const last = await patch(target(), path, 5, "56789");
      assert.deepEqual([last.status, last.headers.get("upload-offset")], [204, "10"]);
      const read = await call(target(), "GET", `/object/${bucket}/dir/a.txt`, { token: target().serviceKey });
      assert.deepEqual([read.text, read.headers.get("content-type"), read.headers.get("cache-control")], ["0123456789", "text/plain", "max-age=3600"]);
      const { body } = await call(target(), "GET", `/object/info/${bucket}/dir/a.txt`, { token: target().serviceKey });
      assert.deepEqual([body.size, body.metadata], [10, { album: "x" }]);
    },
  },
  {
    name: "an upload ends without an object when it is deleted",
    run: async () => {
      const bucket = await newBucket(target());
      const path = pathOf((await create(target(), { bucketName: bucket, objectName: "a" }, 10)).headers.get("location"));
      await patch(target(), path, 0, "01234");
      assert.equal((await step(target(), "DELETE", path)).status, 204);
      assert.equal((await step(target(), "HEAD", path)).status, 404);
    },
  },
  {
    name: "what may not be stored is refused before its first byte: name taken, too long, type, bucket, token",
    run: async () => {
      const bucket = await newBucket(target(), { file_size_limit: 10, allowed_mime_types: ["text/plain"] });
      await put(target(), bucket, "taken.txt", "x");
      const status = async (metadata: Record<string, string>, length = 5) => (await create(target(), { bucketName: bucket, ...metadata }, length)).status;
      assert.equal(await status({ objectName: "taken.txt" }), 409);
      assert.equal(await status({ objectName: "a" }, 11), 413);
      assert.equal(await status({ objectName: "a", contentType: "image/png" }), 415);
      assert.equal(await status({ objectName: "a", bucketName: "none-such" }), 404);
      assert.equal(await status({ objectName: "ä" }), 400);
      for (const objectName of ["../other/a", "x/../../../other/box/a", "./a"]) assert.equal(await status({ objectName, contentType: "text/plain" }), 400);
      assert.equal((await create({ ...target(), serviceKey: target().anonKey }, { bucketName: bucket, objectName: "a" }, 5)).status, 403);
      assert.equal((await create(target(), { bucketName: bucket, objectName: "taken.txt" }, 5, { "x-upsert": "true" })).status, 201);
    },
  },
  {
    name: "its address is the one that the gateway is asked at",
    run: async () => {
      const bucket = await newBucket(target());
      const forwarded = { "x-forwarded-proto": "https", "x-forwarded-prefix": "/storage/v1", ...(target().headers["x-forwarded-host"] ? {} : { "x-forwarded-host": "blog.example.com" }) };
      const { headers } = await create(target(), { bucketName: bucket, objectName: "a" }, 5, forwarded);
      const host = target().headers["x-forwarded-host"] ?? "blog.example.com";
      assert.match(headers.get("location")!, new RegExp(`^https://${host}/storage/v1/upload/resumable/[\\w-]+$`));
    },
  },
  {
    name: "a signed upload's token stores without a caller's",
    run: async () => {
      const bucket = await newBucket(target());
      const { body } = await call(target(), "POST", `/object/upload/sign/${bucket}/a.txt`, { token: target().serviceKey });
      const headers = { ...VERSION, "x-signature": body.token, "upload-length": "2", "upload-metadata": coded({ bucketName: bucket, objectName: "a.txt" }) };
      const created = await call(target(), "POST", "/upload/resumable/sign", { headers });
      assert.equal(created.status, 201, created.text);
      const path = pathOf(created.headers.get("location"));
      assert.match(path, /^\/upload\/resumable\/sign\//);
      const sent = await call(target(), "PATCH", path, { body: "hi", headers: { ...VERSION, "x-signature": body.token, "upload-offset": "0", "content-type": "application/offset+octet-stream" } });
      assert.equal(sent.status, 204, sent.text);
      const without = await call(target(), "POST", "/upload/resumable/sign", { headers: { ...headers, "x-signature": target().serviceKey } });
      assert.equal(without.status, 400);
    },
  },
];
