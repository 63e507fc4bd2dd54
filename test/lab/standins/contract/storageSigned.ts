import assert from "node:assert/strict";
import { call, type Cases, fails, newBucket, put } from "./storageClient.ts";

const claimsOf = (token: string): any => JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());

export const signedCases: Cases = (target) => {
  const ask = (method: string, path: string, json?: object, headers?: Record<string, string>) => call(target(), method, path, { token: target().serviceKey, json, headers });
  return [
    {
      name: "a signed URL reads its object, and no other",
      run: async () => {
        const bucket = await newBucket(target());
        for (const name of ["a b.txt", "other.txt"]) await put(target(), bucket, encodeURIComponent(name), name);
        const { body } = await ask("POST", `/object/sign/${bucket}/a%20b.txt`, { expiresIn: 60 });
        const [path, token] = body.signedURL.split("?token=");
        assert.equal(path, `/object/sign/${bucket}/a b.txt`);
        const claims = claimsOf(token);
        assert.deepEqual([claims.url, claims.scope, claims.exp - claims.iat], [`${bucket}/a b.txt`, "download", 60]);
        const read = await call(target(), "GET", encodeURI(body.signedURL));
        assert.deepEqual([read.status, read.text], [200, "a b.txt"]);
        assert.equal(Date.parse(read.headers.get("expires")!), claims.exp * 1000);
        fails(await call(target(), "GET", `/object/sign/${bucket}/other.txt?token=${token}`), "400", "InvalidSignature", "Invalid signature");
        fails(await call(target(), "GET", `/object/sign/${bucket}/other.txt?token=${target().serviceKey}`), "400", "InvalidSignature", "Invalid signature");
        fails(await call(target(), "GET", `/object/sign/${bucket}/other.txt?token=x`), "400", "InvalidJWT", "Invalid Compact JWS");
        fails(await ask("POST", `/object/sign/${bucket}/none`, { expiresIn: 60 }), "404", "not_found", "Object not found");
      },
    },
    {
      name: "many URLs are signed at once; each that can not be says why",
      run: async () => {
        const bucket = await newBucket(target());
        await put(target(), bucket, "a.txt", "hello");
        const { body } = await ask("POST", `/object/sign/${bucket}`, { expiresIn: 60, paths: ["a.txt", "none"] });
        assert.equal((await call(target(), "GET", body[0].signedURL)).text, "hello");
        assert.deepEqual(body[1], { error: "Either the object does not exist or you do not have access to it", path: "none", signedURL: null });
      },
    },
    {
      name: "a signed upload stores its object once, and its token reads nothing",
      run: async () => {
        const bucket = await newBucket(target());
        const { body } = await ask("POST", `/object/upload/sign/${bucket}/a.txt`);
        assert.equal(body.url, `/object/upload/sign/${bucket}/a.txt?token=${body.token}`);
        const send = (text: string) => call(target(), "PUT", body.url, { body: text, headers: { "content-type": "text/plain" } });
        assert.deepEqual((await send("hello")).body, { Key: `${bucket}/a.txt` });
        fails(await send("again"), "409", "Duplicate", "The resource already exists");
        fails(await call(target(), "GET", `/object/sign/${bucket}/a.txt?token=${body.token}`), "400", "InvalidSignature", "Token is not scoped for download");
        const { body: read } = await ask("POST", `/object/sign/${bucket}/a.txt`, { expiresIn: 60 });
        const download = read.signedURL.split("?token=")[1];
        fails(await call(target(), "PUT", `/object/upload/sign/${bucket}/a.txt?token=${download}`, { body: "x" }), "400", "InvalidSignature", "Token is not scoped for upload");
      },
    },
  ];
};
