import assert from "node:assert/strict";
import { call, type Cases, fails, newBucket, newName, put } from "./storageClient.ts";

export const bucketCases: Cases = (target) => [
  {
    name: "a bucket is made, read, changed, listed and deleted",
    run: async () => {
      const token = target().serviceKey;
      const name = newName();
      const made = await call(target(), "POST", "/bucket", { token, json: { name, public: true, file_size_limit: "1MB", allowed_mime_types: ["image/*"] } });
      assert.deepEqual([made.status, made.body], [200, { name }]);
      const { body } = await call(target(), "GET", `/bucket/${name}`, { token });
      const { created_at, updated_at, ...rest } = body;
      assert.deepEqual(rest, { id: name, name, owner: "", public: true, file_size_limit: 1_000_000, allowed_mime_types: ["image/*"] });
      assert.ok(!Number.isNaN(Date.parse(created_at)) && !Number.isNaN(Date.parse(updated_at)));
      const changed = await call(target(), "PUT", `/bucket/${name}`, { token, json: { public: false, file_size_limit: null } });
      assert.deepEqual(changed.body, { message: "Successfully updated" });
      const listed = await call(target(), "GET", `/bucket?search=${name}`, { token });
      assert.deepEqual(listed.body.map((each: any) => [each.id, each.public, each.file_size_limit, each.type]), [[name, false, null, "STANDARD"]]);
      const deleted = await call(target(), "DELETE", `/bucket/${name}`, { token, headers: { "content-type": "application/json" } });
      assert.deepEqual(deleted.body, { message: "Successfully deleted" });
      fails(await call(target(), "GET", `/bucket/${name}`, { token }), "404", "Bucket not found", "Bucket not found");
    },
  },
  {
    name: "a bucket's name and limits are checked",
    run: async () => {
      const make = (json: object) => call(target(), "POST", "/bucket", { token: target().serviceKey, json });
      for (const name of ["a/b", " leading", "x".repeat(101), "lake--table-s3"]) fails(await make({ name }), "400", "Invalid Input", "Bucket name invalid");
      fails(await make({ name: newName(), file_size_limit: 52428801 }), "413", "Payload too large", "The object exceeded the maximum allowed size");
      fails(await make({ name: newName(), allowed_mime_types: ["png"] }), "415", "invalid_mime_type", "mime type png is not supported");
      const missing = await make({});
      assert.deepEqual([missing.status, missing.body.statusCode, missing.body.message], [400, "400", "body must have required property 'name'"]);
      const taken = await newBucket(target());
      fails(await make({ name: taken }), "409", "Duplicate", "The resource already exists");
    },
  },
  {
    name: "a bucket with objects is not deleted; emptied it is",
    run: async () => {
      const token = target().serviceKey;
      const bucket = await newBucket(target());
      await put(target(), bucket, "dir/a.txt");
      fails(await call(target(), "DELETE", `/bucket/${bucket}`, { token }), "409", "ResourceNotEmpty", "The bucket you tried to delete is not empty");
      const emptied = await call(target(), "POST", `/bucket/${bucket}/empty`, { token });
      assert.deepEqual([emptied.status, emptied.body.message], [200, "Empty bucket has been queued. Completion may take up to an hour."]);
      assert.equal((await call(target(), "DELETE", `/bucket/${bucket}`, { token })).status, 200);
    },
  },
  {
    name: "without a token, with a broken or another one's, nothing is answered",
    run: async () => {
      const without = await call(target(), "GET", "/bucket");
      assert.deepEqual([without.status, without.body.message], [400, "headers must have required property 'authorization'"]);
      fails(await call(target(), "GET", "/bucket", { token: "x" }), "403", "Unauthorized", "Invalid Compact JWS");
      const foreign = { ...target(), jwtSecret: "another secret of thirty-two characters" };
      const { default: jsonwebtoken } = await import("jsonwebtoken");
      const token = jsonwebtoken.sign({ role: "service_role" }, foreign.jwtSecret);
      fails(await call(target(), "GET", "/bucket", { token }), "403", "Unauthorized", "signature verification failed");
      const expired = jsonwebtoken.sign({ role: "service_role" }, target().jwtSecret, { expiresIn: -10 });
      fails(await call(target(), "GET", "/bucket", { token: expired }), "403", "Unauthorized", '"exp" claim timestamp check failed');
    },
  },
  {
    name: "status says that it runs, an unknown route names itself",
    run: async () => {
      assert.equal((await call(target(), "GET", "/status")).status, 200);
      assert.equal((await call(target(), "HEAD", "/status")).status, 200);
      const { status, body } = await call(target(), "GET", "/nothing");
      assert.deepEqual([status, body.message], [404, "Route GET:/nothing not found"]);
    },
  },
];
