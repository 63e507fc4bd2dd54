import assert from "node:assert/strict";
import type { Answer, ContractCase, StorageTarget } from "./storageClient.ts";
import { call, fails, newBucket, put } from "./storageClient.ts";

/** A Storage of several tenants, with REQUEST_X_FORWARDED_HOST_REGEXP `^([a-z0-9-]+)\.example\.com$`. */
export type TenantsTarget = {
  readonly baseUrl: string;
  readonly adminUrl: string;
  /** One of ADMIN_API_KEYS. */
  readonly apiKey: string;
  /** Two databases of their own, and the secrets that their tenants get. */
  readonly tenants: readonly [TenantSettings, TenantSettings];
};
export type TenantSettings = { id: string; databaseUrl: string; jwtSecret: string; serviceKey: string; anonKey: string };

export const hostOf = (id: string): Record<string, string> => ({ "x-forwarded-host": `${id}.example.com` });

export const targetOf = (target: TenantsTarget, { id, jwtSecret, serviceKey, anonKey }: TenantSettings): StorageTarget => ({
  baseUrl: target.baseUrl, headers: hostOf(id), jwtSecret, serviceKey, anonKey,
});

export function admin({ adminUrl, apiKey }: TenantsTarget, method: string, path: string, json?: object): Promise<Answer> {
  return call({ baseUrl: adminUrl, headers: { apikey: apiKey }, jwtSecret: "", serviceKey: "", anonKey: "" }, method, path, { json });
}

const bodyOf = ({ id: _, ...settings }: TenantSettings) => ({ ...settings, fileSizeLimit: 10_000_000, maxConnections: 4 });

/** The cases go on where the one before ended. */
export function tenantCases(target: () => TenantsTarget): ContractCase[] {
  const ask = (method: string, path: string, json?: object) => admin(target(), method, path, json);
  const first = () => target().tenants[0];
  const second = () => target().tenants[1];
  return [
    {
      name: "the admin API answers no one without a key",
      run: async () => {
        for (const apiKey of ["", "wrong"]) assert.equal((await admin({ ...target(), apiKey }, "GET", "/tenants")).status, 401);
        assert.equal((await admin({ ...target(), apiKey: "" }, "GET", "/status")).status, 200);
      },
    },
    {
      name: "a tenant is made by POST once, by PUT always, and its database is migrated",
      run: async () => {
        assert.equal((await ask("GET", `/tenants/${first().id}`)).status, 404);
        assert.equal((await ask("POST", `/tenants/${first().id}`, bodyOf(first()))).status, 201);
        assert.equal((await ask("POST", `/tenants/${first().id}`, bodyOf(first()))).status, 500);
        for (const tenant of [first(), second()]) assert.equal((await ask("PUT", `/tenants/${tenant.id}`, bodyOf(tenant))).status, 204);
        const { body } = await ask("GET", `/tenants/${first().id}/migrations`);
        assert.deepEqual([body.isLatest, body.migrationsStatus], [true, "COMPLETED"]);
        assert.deepEqual((await ask("GET", `/tenants/${first().id}/health`)).body, { healthy: true });
        const incomplete = await ask("PUT", "/tenants/other", { anonKey: "x" });
        assert.deepEqual([incomplete.status, incomplete.body.message], [400, "body must have required property 'databaseUrl'"]);
      },
    },
    {
      name: "what was put is got, and all tenants are listed",
      run: async () => {
        const { body } = await ask("GET", `/tenants/${first().id}`);
        const { databaseUrl, jwtSecret, serviceKey, anonKey, fileSizeLimit, maxConnections, migrationStatus, features } = body;
        const settings = { databaseUrl, jwtSecret, serviceKey, anonKey, fileSizeLimit, maxConnections };
        assert.deepEqual([settings, migrationStatus, features.imageTransformation.enabled], [bodyOf(first()), "COMPLETED", false]);
        assert.deepEqual((await ask("GET", "/tenants")).body.map((each: any) => each.id).sort(), [first().id, second().id].sort());
      },
    },
    {
      name: "each tenant has its own buckets, and its keys open no other's",
      run: async () => {
        const [a, b] = [targetOf(target(), first()), targetOf(target(), second())];
        const bucket = await newBucket(a);
        await put(a, bucket, "a.txt", "of the first");
        assert.equal((await call(a, "GET", `/object/${bucket}/a.txt`, { token: a.serviceKey })).text, "of the first");
        fails(await call(b, "GET", `/object/${bucket}/a.txt`, { token: b.serviceKey }), "404", "Bucket not found", "Bucket not found");
        fails(await call(b, "GET", "/bucket", { token: a.serviceKey }), "403", "Unauthorized", "signature verification failed");
        const { body } = await call(a, "POST", `/object/sign/${bucket}/a.txt`, { token: a.serviceKey, json: { expiresIn: 60 } });
        assert.equal((await call(a, "GET", body.signedURL)).text, "of the first");
        fails(await call(b, "GET", body.signedURL), "400", "InvalidJWT", "signature verification failed");
      },
    },
    {
      name: "a host that is no tenant's is told so",
      run: async () => {
        const { serviceKey: token } = first();
        const from = (headers: Record<string, string>) => call({ ...targetOf(target(), first()), headers }, "GET", "/bucket", { token });
        fails(await from({}), "400", "TenantNotFound", "Invalid tenant id");
        fails(await from({ "x-forwarded-host": `${first().id}.example.com, x` }), "400", "TenantNotFound", "Invalid tenant id");
        fails(await from(hostOf("none")), "400", "TenantNotFound", "Missing tenant config for tenant none");
      },
    },
    {
      name: "the tenant's size limit holds",
      run: async () => {
        const a = targetOf(target(), first());
        const bucket = await newBucket(a);
        const send = (bytes: number) => call(a, "POST", `/object/${bucket}/a`, { token: a.serviceKey, body: "x".repeat(bytes) });
        assert.equal((await ask("PATCH", `/tenants/${first().id}`, { fileSizeLimit: 10 })).status, 204);
        fails(await send(11), "413", "Payload too large", "The object exceeded the maximum allowed size");
        assert.equal((await ask("PATCH", `/tenants/${first().id}`, { fileSizeLimit: 10_000_000 })).status, 204);
        assert.equal((await send(11)).status, 200);
      },
    },
    {
      name: "a changed secret holds at once, for this tenant alone",
      run: async () => {
        const [a, b] = [targetOf(target(), first()), targetOf(target(), second())];
        const status = async (of: StorageTarget) => (await call(of, "GET", "/bucket", { token: of.serviceKey })).status;
        assert.deepEqual([await status(a), await status(b)], [200, 200]);
        assert.equal((await ask("PATCH", `/tenants/${first().id}`, { jwtSecret: "a new secret of at least thirty-two characters" })).status, 204);
        assert.deepEqual([await status(a), await status(b)], [400, 200]);
        assert.equal((await ask("PATCH", `/tenants/${first().id}`, { jwtSecret: first().jwtSecret })).status, 204);
        assert.equal(await status(a), 200);
      },
    },
    {
      name: "a tenant whose database is away is put nevertheless, and its health and migrations tell",
      run: async () => {
        const away = { ...bodyOf(second()), databaseUrl: "postgres://a:b@127.0.0.1:1/c" };
        assert.equal((await ask("PUT", "/tenants/away", away)).status, 204);
        const { body } = await ask("GET", "/tenants/away/migrations");
        assert.deepEqual([body.isLatest, body.migrationsStatus], [false, null]);
        assert.deepEqual((await ask("GET", "/tenants/away/health")).body, { healthy: false });
        assert.equal((await ask("DELETE", "/tenants/away")).status, 204);
      },
    },
    {
      name: "a deleted tenant answers no more, and comes back with all that it had",
      run: async () => {
        const b = targetOf(target(), second());
        const bucket = await newBucket(b);
        await put(b, bucket, "a.txt", "kept");
        assert.equal((await ask("DELETE", `/tenants/${second().id}`)).status, 204);
        fails(await call(b, "GET", "/bucket", { token: b.serviceKey }), "400", "TenantNotFound", /^Missing tenant config/);
        assert.equal((await ask("PUT", `/tenants/${second().id}`, bodyOf(second()))).status, 204);
        assert.equal((await call(b, "GET", `/object/${bucket}/a.txt`, { token: b.serviceKey })).text, "kept");
      },
    },
  ];
}
