// What the images of imgproxy and Studio are asked for, each by itself. With LAB_IMAGES=upstream imgproxy's claims are upstream's own.
import { afterAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { mkdtemp, readFile, rm, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { labEnvironment } from "../../cli/labEnvironment.ts";
import { IMGPROXY_PORT, imgproxyEnvironment } from "../../components/services/imgproxy.ts";
import { STUDIO_PORT, studioEnvironment } from "../../components/services/studio.ts";
import { type ImageName, resolveImages } from "../../spec/images.ts";
import { freePort } from "../lib/freePort.ts";
import { until } from "./lib/realtime.ts";
import { docker } from "./lib/testStack.ts";

const isUpstream = process.env.LAB_IMAGES === "upstream";
const LABEL = `indie-ventures.test=small-images-${process.pid}`;
const folders: string[] = [];

afterAll(async () => {
  const ids = (await docker("ps", "--all", "--quiet", "--filter", `label=${LABEL}`)).split("\n").filter(Boolean);
  if (ids.length > 0) await docker("rm", "--force", "--volumes", ...ids);
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function image(name: ImageName): Promise<string> {
  const { imagesFile } = await labEnvironment();
  const text = await readFile(imagesFile, "utf8");
  return resolveImages(imagesFile, () => text)[name];
}

const variables = (environment: Record<string, string>): string[] =>
  Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]);

/** @returns its address, when it answers */
async function started(name: ImageName, inside: number, environment: Record<string, string>, ...options: string[]): Promise<string> {
  const port = await freePort();
  const publish = ["--publish", `127.0.0.1:${port}:${inside}`];
  await docker("run", "--detach", "--label", LABEL, ...publish, ...variables(environment), ...options, await image(name));
  const url = `http://127.0.0.1:${port}`;
  await until(`${name} answers`, () => fetch(url).then(() => true, () => false));
  return url;
}

/** A picture of one colour. */
function png(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    const body = Buffer.concat([Buffer.from(type), data]);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits for each of red, green and blue.
  header.set([8, 2], 8);
  const rows = Buffer.alloc(height * (1 + width * 3));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

const sizeOf = (bytes: Buffer): string => `${bytes.readUInt32BE(16)} × ${bytes.readUInt32BE(20)}`;

test("imgproxy resizes a local picture as Storage asks it, makes none larger, and says no to what is none", async () => {
  const folder = await mkdtemp(join(tmpdir(), "indie-ventures-pictures-"));
  folders.push(folder);
  await chmod(folder, 0o755);
  await writeFile(join(folder, "wide.png"), png(40, 20), { mode: 0o644 });
  await writeFile(join(folder, "text.png"), "no picture", { mode: 0o644 });
  const url = await started("imgproxy", IMGPROXY_PORT, imgproxyEnvironment(), "--volume", `${folder}:/pictures:ro`);
  const ask = async (options: string, file = "wide.png") => {
    const response = await fetch(`${url}/public/${options}/plain/local:///pictures/${file}`, { headers: { accept: "image/png" } });
    const body = Buffer.from(await response.arrayBuffer());
    return response.status === 200 ? sizeOf(body) : response.status;
  };
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(await ask("width:10/format:png")).toBe("10 × 5");
  expect(await ask("height:10/resizing_type:fit/format:png")).toBe("20 × 10");
  expect(await ask("width:10/height:10/resizing_type:fill/format:png")).toBe("10 × 10");
  expect(await ask("width:10/height:10/resizing_type:force/format:png")).toBe("10 × 10");
  expect(await ask("width:80/format:png")).toBe("40 × 20");
  expect(await ask("width:10", "nothing.png")).toBe(404);
  expect(await ask("width:10", "text.png")).toBe(422);
});

(isUpstream ? describe.skip : describe)("the stand-in of Studio", () => {
  const environment = studioEnvironment({
    project: "blog",
    url: "http://blog.localhost",
    gatewayUrl: "http://gateway:8000",
    database: { host: "postgres", port: 5432, name: "blog", user: "blog_owner", password: "0a" },
    keys: { anonKey: "anon", serviceRoleKey: "service", publishableKey: "publishable", secretKey: "secret", jwtSecret: "jwt" },
    metaCryptoKey: "meta",
  });

  test("starts with what the component gives it, and says what it is", async () => {
    const url = await started("studio", STUDIO_PORT, environment);
    expect((await fetch(`${url}/api/platform/profile`)).status).toBe(200);
    const page = await fetch(`${url}/`);
    expect([page.headers.get("x-lab-stand-in"), await page.text()]).toEqual(["studio", expect.stringContaining("<h1>blog</h1>")]);
    const lacking = await fetch(`${url}/api/platform/edge-functions`);
    expect([lacking.status, await lacking.text()]).toEqual([501, expect.stringContaining("a stand-in for Supabase Studio, lacks")]);
  });

  test.each(["STUDIO_PG_META_URL", "PG_META_CRYPTO_KEY", "POSTGRES_DB", "SUPABASE_SERVICE_KEY"])("does not start without %s", async (name) => {
    const { [name]: _, ...rest } = environment;
    const run = ["run", "--rm", "--label", LABEL, ...variables(rest), await image("studio")];
    const { exitCode, all } = await execa("docker", run, { reject: false, all: true });
    expect([exitCode, all]).toEqual([1, expect.stringContaining(`does not start without ${name}`)]);
  });
});
