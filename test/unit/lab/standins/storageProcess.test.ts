import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import jsonwebtoken from "jsonwebtoken";
import { call, newBucket, put } from "../../../lab/standins/contract/storageClient.ts";
import { BUCKET, prepareCluster, prepareDatabase, spawnStorage, startStorage, type StorageProcess } from "../../../lab/standins/contract/storageProcess.ts";
import { startPostgres, type TemporaryPostgres } from "../../../lab/standins/contract/restPostgres.ts";

let postgres: TemporaryPostgres;
let DATABASE_URL: string;
const running: StorageProcess[] = [];
const servers: Server[] = [];

async function start(variables: Record<string, string | undefined> = {}): Promise<StorageProcess> {
  const storage = await startStorage({ DATABASE_URL, ...variables });
  running.push(storage);
  return storage;
}

/** The last line of a start that must fail, and its exit code. */
async function refusal(variables: Record<string, string | undefined>): Promise<[number | null, string]> {
  const storage = await spawnStorage({ DATABASE_URL, ...variables });
  // In case that it does start.
  running.push(storage);
  const code = await storage.exited;
  return [code, JSON.parse(storage.log().trim().split("\n").at(-1)!).msg];
}

/** Asks every 20 ms, for 10 s at most. */
async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    if (tries === 500) throw new Error(`not true after 10 s: ${String(isTrue)}`);
    await sleep(20);
  }
}

beforeAll(async () => {
  postgres = await startPostgres();
  await prepareCluster(postgres);
  DATABASE_URL = await prepareDatabase(postgres);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((storage) => storage.stop()));
  for (const server of servers.splice(0)) server.close();
});

afterAll(() => postgres?.stop());

describe("a start", () => {
  test.each([
    [{ DATABASE_URL: undefined }, "DATABASE_URL is undefined"],
    [{ AUTH_JWT_SECRET: undefined }, "PGRST_JWT_SECRET is undefined"],
    [{ MULTI_TENANT: "true" }, "MULTITENANT_DATABASE_URL is undefined"],
    [{ JWT_JWKS: "{secret" }, "Unable to parse JWT_JWKS value to JSON"],
    [{ STORAGE_BACKEND: "s3" }, "lab-storage is a stand-in and lacks STORAGE_BACKEND other than file: unset it, or run upstream's image"],
    [{ PG_QUEUE_ENABLE: "true" }, "lab-storage is a stand-in and lacks PG_QUEUE_ENABLE=true: unset it, or run upstream's image"],
    [{ DATABASE_URL: "postgres://a:b@127.0.0.1:1/c" }, "connect ECONNREFUSED 127.0.0.1:1"],
  ])("with %j ends", async (variables, message) => {
    expect(await refusal(variables)).toEqual([1, `Server not started with error: ${message}`]);
  });

  test("with a wrong password ends and does not show it", async () => {
    const storage = await spawnStorage({ DATABASE_URL: DATABASE_URL.replace(/:[^:@/]+@/, ":not-the-password@") });
    expect(await storage.exited).toBe(1);
    expect(storage.log()).toContain("password authentication failed");
    expect(storage.log()).not.toContain("not-the-password");
  });

  test("migrates once, names itself, and tells what has no effect, without values", async () => {
    await (await start()).stop();
    const storage = await start({ S3_PROTOCOL_ACCESS_KEY_ID: "value-a" });
    expect(storage.log()).toContain('"count":0,"msg":"[Migrations] Completed"');
    expect(storage.log()).toContain("a stand-in for Supabase Storage, not Supabase Storage");
    expect(storage.log()).toContain("S3_PROTOCOL_ACCESS_KEY_ID");
    expect(storage.log()).not.toContain("value-a");
    const { headers, text } = await call(storage.target, "GET", "/version");
    expect([headers.get("x-lab-stand-in"), text]).toEqual(["storage", "v1.74.0-lab"]);
  });
});

test("what upstream has and this lacks answers 501 with its own name", async () => {
  const { target } = await start();
  const { status, body } = await call(target, "GET", "/s3/bucket/key");
  expect([status, body.message]).toEqual([501, "lab-storage, a stand-in for Supabase Storage, lacks GET /s3/bucket/key"]);
});

test("a token's place in the log is its path alone", async () => {
  const storage = await start();
  await call(storage.target, "GET", "/object/sign/a/b?token=do-not-show");
  await until(() => storage.log().includes('"path":"/object/sign/a/b"'));
  expect(storage.log()).not.toContain("do-not-show");
});

test("JWT_JWKS verifies ES256 next to the secret, and no key that it does not hold", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { d: _, ...key } = { ...privateKey.export({ format: "jwk" }), kid: "es-1", alg: "ES256", use: "sig" };
  const { target } = await start({ JWT_JWKS: JSON.stringify({ keys: [key] }) });
  const ask = async (token: string) => (await call(target, "GET", "/bucket", { token })).status;
  const signed = (keyid: string, signer = privateKey) => jsonwebtoken.sign({ role: "service_role" }, signer, { algorithm: "ES256", keyid });
  expect(await ask(signed("es-1"))).toBe(200);
  expect(await ask(target.serviceKey)).toBe(200);
  expect(await ask(signed("es-2"))).toBe(400);
  expect(await ask(signed("es-1", generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey))).toBe(400);
});

test("an upload that fails leaves no file", async () => {
  const storage = await start({ FILE_SIZE_LIMIT: "10" });
  const bucket = await newBucket(storage.target);
  await put(storage.target, bucket, "a.txt", "x");
  const form = new FormData();
  form.append("", new Blob(["x".repeat(11)]));
  const { body } = await call(storage.target, "POST", `/object/${bucket}/b.txt`, { token: storage.target.serviceKey, body: form });
  expect(body.statusCode).toBe("413");
  expect(readdirSync(join(storage.directory, BUCKET, "blog", bucket))).toEqual(["a.txt"]);
});

test("an image is made by imgproxy, from the file's place and with the options in its words", async () => {
  const asked: string[] = [];
  const imgproxy = createServer((incoming, response) => {
    asked.push(incoming.url!);
    response.writeHead(200, { "content-type": "image/webp" }).end("made");
  });
  servers.push(imgproxy);
  await new Promise<void>((resolve) => imgproxy.listen(0, "127.0.0.1", resolve));
  const IMGPROXY_URL = `http://127.0.0.1:${(imgproxy.address() as AddressInfo).port}`;
  const { target, directory } = await start({ ENABLE_IMAGE_TRANSFORMATION: "true", IMGPROXY_URL });
  const bucket = await newBucket(target, { public: true });
  await put(target, bucket, "a.png", "x", { "content-type": "image/png" });
  const open = await call(target, "GET", `/render/image/public/${bucket}/a.png?width=9999&resize=contain&quality=50`);
  expect([open.status, open.text, open.headers.get("content-type")]).toEqual([200, "made", "image/webp"]);
  const { body } = await call(target, "POST", `/object/sign/${bucket}/a.png`, { token: target.serviceKey, json: { expiresIn: 60, transform: { height: 20, resize: "fill" } } });
  expect(body.signedURL).toMatch(/^\/render\/image\/sign\//);
  expect((await call(target, "GET", body.signedURL)).text).toBe("made");
  const [version] = readdirSync(join(directory, BUCKET, "blog", bucket, "a.png"));
  const file = `local:///${directory}/${BUCKET}/blog/${bucket}/a.png/${version}`;
  expect(asked).toEqual([`/public/width:2000/resizing_type:fit/quality:50/plain/${file}`, `/public/height:20/resizing_type:force/plain/${file}`]);
});

test("a restart of Postgres is survived", async () => {
  const { target } = await start();
  const bucket = await newBucket(target);
  await postgres.restart(100);
  await put(target, bucket, "a.txt");
});

test("the pool stays within DATABASE_MAX_CONNECTIONS", async () => {
  const { target } = await start({ DATABASE_MAX_CONNECTIONS: "2" });
  let done = false;
  const many = Promise.all(Array.from({ length: 30 }, () => call(target, "GET", "/bucket", { token: target.serviceKey }))).finally(() => (done = true));
  let most = 0;
  while (!done) most = Math.max(most, ((await postgres.sql("select count(*)::int as n from pg_stat_activity where usename = 'blog_storage_admin'"))[0] as { n: number }).n);
  expect((await many).every(({ status }) => status === 200)).toBe(true);
  expect(most).toBe(2);
});

test("an end comes after the requests under way, with code 0", async () => {
  const storage = await start();
  const bucket = await newBucket(storage.target);
  const headers = { authorization: `Bearer ${storage.target.serviceKey}`, "content-type": "text/plain" };
  const upload = request(`${storage.target.baseUrl}/object/${bucket}/a.txt`, { method: "POST", headers });
  const answer = once(upload, "response");
  upload.write("first ");
  // Under way is what has its file.
  const folder = join(storage.directory, BUCKET, "blog", bucket, "a.txt");
  await until(() => existsSync(folder) && readdirSync(folder).length > 0);
  const code = storage.stop();
  await until(() => storage.log().includes("[Server] Stopping"));
  upload.end("last");
  expect((await answer)[0].statusCode).toBe(200);
  answer.then(([response]) => response.resume());
  expect(await code).toBe(0);
});
