import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { ContractCase, Query, StorageTarget } from "./storageClient.ts";
import { call, fails, newBucket, newName, put, userToken } from "./storageClient.ts";

/** Row level security decides: each case makes its own policies, for its own bucket. */
export function policyCases(target: () => StorageTarget, query: Query): ContractCase[] {
  const allow = (bucket: string, command: string, rule = "true") => {
    const check = `(bucket_id = '${bucket}' and ${rule})`;
    const clause = command === "insert" ? `with check ${check}` : command === "update" ? `using ${check} with check ${check}` : `using ${check}`;
    return query(`create policy "${bucket} ${command}" on storage.objects for ${command} to authenticated, anon ${clause}`);
  };
  return [
    {
      name: "without a policy nobody but the service role makes, sees or removes anything",
      run: async () => {
        const bucket = await newBucket(target());
        await put(target(), bucket, "a.txt");
        const denied = "new row violates row-level security policy";
        for (const token of [target().anonKey, userToken(target())]) {
          fails(await call(target(), "POST", "/bucket", { token, json: { name: newName() } }), "403", "Unauthorized", denied);
          fails(await call(target(), "POST", `/object/${bucket}/b.txt`, { token, body: "x" }), "403", "Unauthorized", denied);
          fails(await call(target(), "GET", `/object/${bucket}/a.txt`, { token }), "404", "not_found", "Object not found");
          fails(await call(target(), "POST", `/object/sign/${bucket}/a.txt`, { token, json: { expiresIn: 60 } }), "404", "not_found", "Object not found");
          assert.deepEqual((await call(target(), "POST", `/object/list/${bucket}`, { token, json: { prefix: "" } })).body, []);
          assert.deepEqual((await call(target(), "DELETE", `/object/${bucket}`, { token, json: { prefixes: ["a.txt"] } })).body, []);
          fails(await call(target(), "DELETE", `/object/${bucket}/a.txt`, { token }), "403", "Unauthorized", "Access denied");
          assert.deepEqual((await call(target(), "GET", "/bucket", { token })).body, []);
        }
      },
    },
    {
      name: "a policy by folder lets each user at their own files",
      run: async () => {
        const bucket = await newBucket(target());
        const rule = "(storage.foldername(name))[1] = current_setting('request.jwt.claims', true)::json ->> 'sub'";
        for (const command of ["select", "insert", "delete"]) await allow(bucket, command, rule);
        const [ann, bob] = [randomUUID(), randomUUID()];
        const [annToken, bobToken] = [userToken(target(), ann), userToken(target(), bob)];
        assert.equal((await call(target(), "POST", `/object/${bucket}/${ann}/a.txt`, { token: annToken, body: "x" })).status, 200);
        const denied = await call(target(), "POST", `/object/${bucket}/${ann}/b.txt`, { token: bobToken, body: "x" });
        fails(denied, "403", "Unauthorized", "new row violates row-level security policy");
        assert.equal((await call(target(), "GET", `/object/authenticated/${bucket}/${ann}/a.txt`, { token: annToken })).text, "x");
        fails(await call(target(), "GET", `/object/authenticated/${bucket}/${ann}/a.txt`, { token: bobToken }), "404", "not_found", "Object not found");
        const [row] = await query("select owner, owner_id from storage.objects where bucket_id = $1", [bucket]);
        assert.deepEqual(row, { owner: ann, owner_id: ann });
        assert.equal((await call(target(), "DELETE", `/object/${bucket}/${ann}/a.txt`, { token: annToken })).status, 200);
      },
    },
    {
      name: "a policy can ask for the operation, the method and the announced type",
      run: async () => {
        const bucket = await newBucket(target());
        const rule = "storage.operation() = 'storage.object.upload' and current_setting('request.method', true) = 'POST' and metadata ->> 'mimetype' = 'image/png'";
        await allow(bucket, "insert", rule);
        const token = userToken(target());
        const send = (method: string, type: string) => call(target(), method, `/object/${bucket}/a`, { token, body: "x", headers: { "content-type": type } });
        assert.equal((await send("POST", "image/gif")).body.statusCode, "403");
        assert.equal((await send("PUT", "image/png")).body.statusCode, "403");
        assert.equal((await send("POST", "image/png")).status, 200);
      },
    },
    {
      name: "to move takes the right to update, to copy the right to insert",
      run: async () => {
        const bucket = await newBucket(target());
        await put(target(), bucket, "a.txt");
        await allow(bucket, "select");
        const token = userToken(target());
        const move = () => call(target(), "POST", "/object/move", { token, json: { bucketId: bucket, sourceKey: "a.txt", destinationKey: "b.txt" } });
        const copy = () => call(target(), "POST", "/object/copy", { token, json: { bucketId: bucket, sourceKey: "b.txt", destinationKey: "c.txt" } });
        fails(await move(), "404", "not_found", "Object not found");
        await allow(bucket, "update");
        assert.equal((await move()).status, 200);
        fails(await copy(), "403", "Unauthorized", "new row violates row-level security policy");
        await allow(bucket, "insert");
        assert.equal((await copy()).status, 200);
      },
    },
  ];
}
