import { randomBytes } from "node:crypto";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { prepareCluster, prepareDatabase, startStorage, type StorageProcess } from "../../../lab/standins/contract/storageProcess.ts";
import { startPostgres, type TemporaryPostgres } from "../../../lab/standins/contract/restPostgres.ts";

let postgres: TemporaryPostgres;
let storage: StorageProcess;
let gateway: Server;
let client: (key: string) => SupabaseClient["storage"];

/** What the gateway does of it all: /storage/v1 is cut off. */
function cutPrefix(target: string): Server {
  return createServer((incoming, outgoing) => {
    const url = new URL((incoming.url ?? "").replace(/^\/storage\/v1/, ""), target);
    const forwarded = request(url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.writeHead(502).end());
    incoming.pipe(forwarded);
  });
}

beforeAll(async () => {
  postgres = await startPostgres();
  await prepareCluster(postgres);
  storage = await startStorage({ DATABASE_URL: await prepareDatabase(postgres) });
  gateway = cutPrefix(storage.target.baseUrl);
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  client = (key) => createClient(url, key, { auth: { persistSession: false, autoRefreshToken: false } }).storage;
});

afterAll(async () => {
  gateway?.closeAllConnections();
  gateway?.close();
  await storage?.stop();
  await postgres?.stop();
});

/** The data of an answer; its error, when there is one, ends the test. */
function ok<A extends { data: unknown; error: unknown }>({ data, error }: A): Extract<A, { error: null }>["data"] {
  if (error) throw error;
  return data;
}

test("buckets are made, listed, changed, emptied and deleted", async () => {
  const service = client(storage.target.serviceKey);
  ok(await service.createBucket("photos", { public: false, fileSizeLimit: "1MB", allowedMimeTypes: ["image/png"] }));
  expect(ok(await service.listBuckets()).map(({ name }) => name)).toContain("photos");
  ok(await service.updateBucket("photos", { public: true }));
  expect(ok(await service.getBucket("photos"))).toMatchObject({ id: "photos", public: true, file_size_limit: 1_000_000, allowed_mime_types: ["image/png"] });
  ok(await service.from("photos").upload("a.png", new Blob(["x"], { type: "image/png" })));
  ok(await service.emptyBucket("photos"));
  ok(await service.deleteBucket("photos"));
  expect((await service.getBucket("photos")).error).toMatchObject({ message: "Bucket not found" });
});

test("an object is uploaded, listed, found, downloaded, moved, copied and removed", async () => {
  const service = client(storage.target.serviceKey);
  ok(await service.createBucket("files"));
  const files = service.from("files");
  const { path, id, fullPath } = ok(await files.upload("dir/a b.txt", "hello", { contentType: "text/plain", cacheControl: "60", metadata: { album: "x" } }));
  expect([path, fullPath]).toEqual(["dir/a b.txt", "files/dir/a b.txt"]);
  expect(await ok(await files.download("dir/a b.txt")).text()).toBe("hello");
  expect(ok(await files.info("dir/a b.txt"))).toMatchObject({ id, size: 5, contentType: "text/plain", cacheControl: "max-age=60", metadata: { album: "x" } });
  expect(ok(await files.exists("dir/a b.txt"))).toBe(true);
  expect((await files.exists("none")).data).toBe(false);
  expect(ok(await files.list("dir")).map(({ name, metadata }) => [name, metadata?.size])).toEqual([["a b.txt", 5]]);
  expect(ok(await files.listV2({ prefix: "dir/", with_delimiter: true })).objects).toHaveLength(1);
  ok(await files.update("dir/a b.txt", "changed"));
  ok(await files.move("dir/a b.txt", "b.txt"));
  ok(await files.copy("b.txt", "c.txt"));
  expect(await ok(await files.download("c.txt")).text()).toBe("changed");
  expect(ok(await files.remove(["b.txt", "c.txt"])).map(({ name }) => name).sort()).toEqual(["b.txt", "c.txt"]);
  expect(ok(await files.list())).toEqual([]);
});

test("signed URLs download and upload, public ones download", async () => {
  const service = client(storage.target.serviceKey);
  ok(await service.createBucket("shared", { public: true }));
  const shared = service.from("shared");
  const { token, path } = ok(await shared.createSignedUploadUrl("a.txt"));
  ok(await client(storage.target.anonKey).from("shared").uploadToSignedUrl(path, token, "signed", { contentType: "text/plain" }));
  const text = async (url: string) => (await fetch(url)).text();
  expect(await text(ok(await shared.createSignedUrl("a.txt", 60)).signedUrl)).toBe("signed");
  expect(await text(ok(await shared.createSignedUrls(["a.txt"], 60))[0]!.signedUrl!)).toBe("signed");
  expect(await text(shared.getPublicUrl("a.txt").data.publicUrl)).toBe("signed");
});

test("seven megabytes go up and come down as they are", async () => {
  const service = client(storage.target.serviceKey);
  ok(await service.createBucket("large"));
  const bytes = randomBytes(7_000_000);
  for (const body of [new Blob([bytes]), bytes]) {
    ok(await service.from("large").upload("a.bin", body, { upsert: true, contentType: "application/octet-stream" }));
    expect(Buffer.from(await ok(await service.from("large").download("a.bin")).arrayBuffer()).equals(bytes)).toBe(true);
  }
});

test("the client reads upstream's errors, and a stranger gets nothing", async () => {
  const service = client(storage.target.serviceKey);
  ok(await service.createBucket("closed"));
  ok(await service.from("closed").upload("a.txt", "x"));
  expect((await service.from("closed").upload("a.txt", "x")).error).toMatchObject({ status: 400, statusCode: "409", message: "The resource already exists" });
  const stranger = client(storage.target.anonKey).from("closed");
  expect((await stranger.upload("b.txt", "x")).error).toMatchObject({ statusCode: "403", message: "new row violates row-level security policy" });
  expect((await stranger.download("a.txt")).error).toMatchObject({ name: "StorageApiError", status: 400 });
  expect(ok(await stranger.list())).toEqual([]);
  expect(ok(await stranger.remove(["a.txt"]))).toEqual([]);
});
