import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { storageContract, storageTenantsContract } from "../../../lab/standins/contract/storage.ts";
import { call, newBucket, put } from "../../../lab/standins/contract/storageClient.ts";
import { BUCKET, newDatabase, newMultitenantDatabase, prepareCluster, signKey, startStorage, type StorageProcess } from "../../../lab/standins/contract/storageProcess.ts";
import { admin, targetOf, type TenantSettings, type TenantsTarget } from "../../../lab/standins/contract/storageTenants.ts";
import { startPostgres, type TemporaryPostgres } from "../../../lab/standins/contract/restPostgres.ts";
import { decrypt } from "../../../lab/standins/storage/tenants/crypto.ts";

const ENCRYPTION_KEY = "a key for what is kept of tenants";
const API_KEY = "an admin's key";

let postgres: TemporaryPostgres;
let storage: StorageProcess;
let multitenantUrl: string;
let target: TenantsTarget;

async function tenant(id: string, jwtSecret: string): Promise<TenantSettings> {
  const databaseUrl = await newDatabase(postgres, id);
  return { id, databaseUrl, jwtSecret, serviceKey: signKey("service_role", jwtSecret), anonKey: signKey("anon", jwtSecret) };
}

beforeAll(async () => {
  postgres = await startPostgres();
  await prepareCluster(postgres);
  multitenantUrl = await newMultitenantDatabase(postgres);
  const variables = {
    MULTI_TENANT: "true", DATABASE_MULTITENANT_URL: multitenantUrl, AUTH_ENCRYPTION_KEY: ENCRYPTION_KEY, ADMIN_API_KEYS: `other,${API_KEY}`,
    REQUEST_X_FORWARDED_HOST_REGEXP: "^([a-z0-9-]+)\\.example\\.com$", TENANT_ID: undefined, AUTH_JWT_SECRET: undefined,
  };
  storage = await startStorage(variables);
  const tenants = [await tenant("blog", "the first secret of thirty-two characters"), await tenant("docs", "the second secret of thirty-two characters")] as const;
  target = { baseUrl: storage.target.baseUrl, adminUrl: storage.adminUrl, apiKey: API_KEY, tenants };
});

afterAll(async () => {
  await storage?.stop();
  await postgres?.stop();
});

describe("lab-storage keeps the contract of Supabase Storage with several tenants", () => {
  for (const { name, run } of storageTenantsContract(() => target)) test(name, run);
});

describe("and for one of them that of a Storage with one", () => {
  for (const { name, run } of storageContract(() => targetOf(target, target.tenants[0]))) test(name, run);
});

test("a tenant's secrets lie encrypted in the multitenant database", async () => {
  await admin(target, "PUT", "/tenants/docs", { ...target.tenants[1] });
  const client = new pg.Client(multitenantUrl);
  await client.connect();
  const { rows } = await client.query("select * from tenants where id = 'docs'");
  await client.end();
  const { databaseUrl, jwtSecret, serviceKey, anonKey } = target.tenants[1];
  for (const secret of [databaseUrl, jwtSecret, serviceKey, anonKey]) expect(JSON.stringify(rows)).not.toContain(secret);
  expect(decrypt(rows[0].jwt_secret, ENCRYPTION_KEY)).toBe(jwtSecret);
  expect(() => decrypt(rows[0].jwt_secret, "another key")).toThrow();
});

test("a tenant that is changed by SQL, as by another process, is changed here", async () => {
  const docs = targetOf(target, target.tenants[1]);
  expect((await call(docs, "GET", "/bucket", { token: docs.serviceKey })).status).toBe(200);
  const client = new pg.Client(multitenantUrl);
  await client.connect();
  await client.query("update tenants set jwt_secret = (select jwt_secret from tenants where id = 'blog') where id = 'docs'");
  let status = 200;
  for (let tries = 0; tries < 100 && status === 200; tries += 1) {
    status = (await call(docs, "GET", "/bucket", { token: docs.serviceKey })).status;
    if (status === 200) await sleep(50);
  }
  await client.end();
  expect(status).toBe(400);
  expect((await admin(target, "PUT", "/tenants/docs", { ...target.tenants[1] })).status).toBe(204);
});

test("an isolated project serves what the plane has stored, from the same directory", async () => {
  const blog = target.tenants[0];
  const bucket = await newBucket(targetOf(target, blog));
  await put(targetOf(target, blog), bucket, "dir/a.txt", "moved without a copy", { "cache-control": "max-age=7" });
  const [version] = readdirSync(join(storage.directory, BUCKET, "blog", bucket, "dir", "a.txt"));
  expect(version).toMatch(/^[0-9a-f-]{36}$/);
  const alone = await startStorage({ DATABASE_URL: blog.databaseUrl, AUTH_JWT_SECRET: blog.jwtSecret, TENANT_ID: "blog", FILE_STORAGE_BACKEND_PATH: storage.directory });
  try {
    const { text, headers } = await call(alone.target, "GET", `/object/${bucket}/dir/a.txt`, { token: blog.serviceKey });
    expect([text, headers.get("content-type"), headers.get("cache-control")]).toEqual(["moved without a copy", "text/plain", "max-age=7"]);
    expect((await call(alone.target, "DELETE", `/object/${bucket}/dir/a.txt`, { token: blog.serviceKey })).status).toBe(200);
    expect(existsSync(join(storage.directory, BUCKET, "blog", bucket))).toBe(false);
  } finally {
    await alone.stop();
  }
});

test("the log and the errors show no secret of a tenant", () => {
  for (const { jwtSecret, serviceKey, databaseUrl } of target.tenants) {
    const password = new URL(databaseUrl).password;
    for (const secret of [jwtSecret, serviceKey, password, ENCRYPTION_KEY, API_KEY]) expect(storage.log()).not.toContain(secret);
  }
});
