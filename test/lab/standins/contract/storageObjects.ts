import assert from "node:assert/strict";
import { call, type Cases, fails, newBucket, put } from "./storageClient.ts";

export const objectCases: Cases = (target) => [
  {
    name: "an object is stored and read with its type, cache control and ETag",
    run: async () => {
      const token = target().serviceKey;
      const bucket = await newBucket(target());
      const stored = await put(target(), bucket, "dir/a b.txt", "hello", { "cache-control": "max-age=60" });
      assert.deepEqual(Object.keys(stored.body), ["Id", "Key"]);
      assert.equal(stored.body.Key, `${bucket}/dir/a b.txt`);
      const { status, text, headers } = await call(target(), "GET", `/object/${bucket}/dir/a%20b.txt`, { token });
      assert.deepEqual([status, text], [200, "hello"]);
      const wanted = { "content-type": "text/plain", "cache-control": "max-age=60", etag: '"5d41402abc4b2a76b9719d911017c592"', "accept-ranges": "bytes", "content-length": "5", "x-robots-tag": "none" };
      assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((name) => [name, headers.get(name)])), wanted);
      assert.ok(Date.parse(headers.get("last-modified")!) > Date.now() - 60_000);
    },
  },
  {
    name: "one part of it: a range in the middle, at the end, and one that is not there",
    run: async () => {
      const bucket = await newBucket(target());
      await put(target(), bucket, "a.txt", "0123456789");
      const get = (range: string) => call(target(), "GET", `/object/${bucket}/a.txt`, { token: target().serviceKey, headers: { range } });
      for (const [range, text, part] of [["bytes=2-4", "234", "bytes 2-4/10"], ["bytes=-3", "789", "bytes 7-9/10"], ["bytes=8-", "89", "bytes 8-9/10"], ["bytes=8-99", "89", "bytes 8-9/10"]] as const) {
        const answer = await get(range);
        assert.deepEqual([answer.status, answer.text, answer.headers.get("content-range")], [206, text, part]);
      }
      fails(await get("bytes=10-12"), "416", "invalid_range", "invalid range provided", 416);
    },
  },
  {
    name: "what the caller has already is not sent again",
    run: async () => {
      const bucket = await newBucket(target());
      await put(target(), bucket, "a.txt", "hello");
      const get = (headers: Record<string, string>) => call(target(), "GET", `/object/${bucket}/a.txt`, { token: target().serviceKey, headers });
      const same = await get({ "if-none-match": '"5d41402abc4b2a76b9719d911017c592"' });
      assert.deepEqual([same.status, same.text], [304, ""]);
      const other = await get({ "if-none-match": '"x"' });
      assert.deepEqual([other.status, other.headers.get("cache-control")], [200, "no-cache, stale-while-revalidate=30"]);
      assert.equal((await get({ "if-modified-since": new Date(Date.now() + 60_000).toUTCString() })).status, 304);
    },
  },
  {
    name: "a form stores with the fields' cache control and metadata",
    run: async () => {
      const token = target().serviceKey;
      const bucket = await newBucket(target());
      const form = new FormData();
      form.append("cacheControl", "3600");
      form.append("metadata", JSON.stringify({ album: "x" }));
      form.append("", new Blob(["pixels"], { type: "image/png" }));
      assert.equal((await call(target(), "POST", `/object/${bucket}/a.png`, { token, body: form })).status, 200);
      const { body } = await call(target(), "GET", `/object/info/${bucket}/a.png`, { token });
      const { name, bucket_id, size, content_type, cache_control, metadata } = body;
      assert.deepEqual({ name, bucket_id, size, content_type, cache_control, metadata }, {
        name: "a.png", bucket_id: bucket, size: 6, content_type: "image/png", cache_control: "max-age=3600", metadata: { album: "x" },
      });
      const head = await call(target(), "HEAD", `/object/${bucket}/a.png`, { token });
      assert.deepEqual([head.status, head.headers.get("content-length"), head.headers.get("content-type")], [200, "6", "image/png"]);
    },
  },
  {
    name: "the same name again is refused, and taken with x-upsert or PUT",
    run: async () => {
      const token = target().serviceKey;
      const bucket = await newBucket(target());
      await put(target(), bucket, "a.txt", "one");
      fails(await call(target(), "POST", `/object/${bucket}/a.txt`, { token, body: "two" }), "409", "Duplicate", "The resource already exists");
      await put(target(), bucket, "a.txt", "three", { "x-upsert": "true" });
      assert.equal((await call(target(), "GET", `/object/${bucket}/a.txt`, { token })).text, "three");
      assert.equal((await call(target(), "PUT", `/object/${bucket}/a.txt`, { token, body: "four" })).status, 200);
      assert.equal((await call(target(), "GET", `/object/${bucket}/a.txt`, { token })).text, "four");
    },
  },
  {
    name: "the bucket's limits hold: size and type, announced or not, raw or in a form",
    run: async () => {
      const token = target().serviceKey;
      const bucket = await newBucket(target(), { file_size_limit: 10, allowed_mime_types: ["text/*"] });
      const send = (body: BodyInit, type?: string) => call(target(), "POST", `/object/${bucket}/a`, { token, body, ...(type ? { headers: { "content-type": type } } : {}) });
      const form = (text: string, type: string) => {
        const all = new FormData();
        all.append("", new Blob([text], { type }));
        return all;
      };
      for (const answer of [await send("x".repeat(11), "text/plain"), await send(form("x".repeat(11), "text/plain"))])
        fails(answer, "413", "Payload too large", "The object exceeded the maximum allowed size");
      for (const answer of [await send("x", "image/png"), await send(form("x", "image/png"))])
        fails(answer, "415", "invalid_mime_type", "mime type image/png is not supported");
      fails(await call(target(), "GET", `/object/${bucket}/a`, { token }), "404", "not_found", "Object not found");
      assert.equal((await send("x".repeat(10), "text/plain")).status, 200);
    },
  },
  {
    name: "a name that leads elsewhere, or that S3 would not take, is refused",
    run: async () => {
      const bucket = await newBucket(target());
      for (const name of ["a%23b", "%C3%A4"])
        fails(await call(target(), "POST", `/object/${bucket}/${name}`, { token: target().serviceKey, body: "x" }), "400", "InvalidKey", /^Invalid key: /);
      const up = await call(target(), "POST", `/object/${bucket}/a/..%2F..%2F..%2Fb`, { token: target().serviceKey, body: "x" });
      fails(up, "400", "InvalidKey", /contains dot path segment$/);
    },
  },
  {
    name: "a public bucket is read by everybody, a private one by nobody without a token",
    run: async () => {
      const [open, closed] = [await newBucket(target(), { public: true }), await newBucket(target())];
      for (const bucket of [open, closed]) await put(target(), bucket, "a.html", "<b>", { "content-type": "text/html" });
      const { status, text, headers } = await call(target(), "GET", `/object/public/${open}/a.html?download=n%C3%A4me.txt`);
      assert.deepEqual([status, text, headers.get("content-type")], [200, "<b>", "text/plain"]);
      assert.equal(headers.get("content-disposition"), "attachment; filename=n%C3%A4me.txt; filename*=UTF-8''n%C3%A4me.txt");
      assert.equal((await call(target(), "GET", `/object/${open}/a.html`)).status, 200);
      assert.equal((await call(target(), "HEAD", `/object/public/${open}/a.html`)).status, 200);
      for (const path of [`/object/public/${closed}/a.html`, `/object/${closed}/a.html`, `/object/info/public/${closed}/a.html`])
        fails(await call(target(), "GET", path), "404", "Bucket not found", "Bucket not found");
    },
  },
];
