import { afterEach, describe, expect, test } from "@jest/globals";
import { status } from "../../../../../cli/indie/work/status.ts";
import type { StatusJson } from "../../../../../cli/indie/json.ts";
import type { Ran } from "../../../../../cli/run.ts";
import { fails, missing, ok } from "../../fakeRun.ts";
import { fake, type Fake, type FakeArgs } from "../fakeContext.ts";
import { outputs, stackProject } from "../outputs.ts";
import { HEALTHY, SERVER, serverAnswers } from "./server.ts";

const fakes: Fake[] = [];
afterEach(() => fakes.splice(0).forEach((each) => each.remove()));

async function asked(answers: Record<string, Ran> = {}, args: FakeArgs = {}): Promise<{ made: Fake; isHealthy: boolean }> {
  const made = fake({ answers: { ...answers, ...HEALTHY, ...answers }, text: "projects: [{ name: blog, architecture: shared }]\n", ...args });
  fakes.push(made);
  return { made, isHealthy: await status(made.context) };
}

async function json(answers: Record<string, Ran> = {}, args: FakeArgs = {}): Promise<StatusJson> {
  const { made, isHealthy } = await asked(answers, { ...args, json: true });
  const read = JSON.parse(made.printed.join("\n")) as StatusJson;
  expect(read.healthy).toBe(isHealthy);
  expect(read.faults.length === 0).toBe(isHealthy);
  return read;
}

describe("where all is well", () => {
  test("one screen", async () => {
    const { made, isHealthy } = await asked();
    expect(isHealthy).toBe(true);
    expect(made.printed).toEqual([
      "✓ dev: all is healthy",
      "",
      "project   architecture  state      memory          connections  database  last proven backup    services",
      "blog      shared        present    60 of 224 MB    3 of 44      12 MB     2026-11-27 03:00 UTC  auth rest",
      "old       shared        suspended                  0 of 44      8 MB      none",
      "shop      isolated      present    404 of 1312 MB  9 of 44      20 GB     2026-11-26 03:00 UTC  auth door gateway imgproxy realtime rest storage",
      "(server)                           814 of 8000 MB                                               backup door edge gateway imgproxy postgres realtime scratch storage",
      "",
      "Disk: not of this computer",
    ]);
  });

  test("asks no secret, and starts nothing", async () => {
    const { made } = await asked();
    expect(made.ran.join("\n")).not.toMatch(/--show-secrets|docker (?!ps|container inspect|stats|info|exec)/);
    expect(made.ran.find((line) => line.includes("psql"))).toMatch(/^docker exec --interactive iv-dev-postgres psql --no-psqlrc .* --username supabase_admin --dbname postgres$/);
    expect(made.stdin.join()).toMatch(/^SELECT json_object_agg/);
  });

  test("for a program", async () => {
    const { projects, server, outgrown } = await json();
    expect(projects[0]).toEqual({
      ...{ name: "blog", url: "http://blog.localhost", architecture: "shared", state: "present" },
      services: [
        { service: "auth", container: "blog-auth-1", state: "running", health: "healthy", memory: { used: 48, limit: 96 } },
        { service: "rest", container: "blog-rest-1", state: "running", health: "healthy", memory: { used: 12, limit: 128 } },
      ],
      ...{ connections: { used: 3, limit: 44 }, databaseSize: 12, lastProvenBackup: "2026-11-27T03:00:00.000Z", provenBackups: 7 },
    });
    expect(server.memory).toEqual({ used: 814, available: 8000 });
    expect(outgrown).toEqual([]);
  });

  test("what comes close to a limit is said, and is no fault", async () => {
    const { made, isHealthy } = await asked(serverAnswers({ percents: { "blog-auth-1": "90.00%" } }));
    expect(isHealthy).toBe(true);
    expect(made.printed.slice(-2)).toEqual(["Outgrown? (docs/sizing.md)", "  - blog: auth takes 86 of 96 MB → a higher limits.memory.auth"]);
  });
});

describe("what is ill is told", () => {
  test.each([
    ["unhealthy", { health: "unhealthy" }, "blog: auth is unhealthy"],
    ["still starting", { health: "starting" }, "blog: auth is starting"],
    ["ended", { state: "exited" }, "blog: auth is exited"],
    ["in a circle", { state: "restarting", health: "unhealthy" }, "blog: auth is restarting"],
  ])("a service that is %s", async (_, how, fault) => {
    const answers = serverAnswers({ containers: SERVER.map((each) => (each.name === "blog-auth-1" ? { ...each, ...how } : each)) });
    expect((await json(answers)).faults).toEqual([fault]);
    const { made } = await asked(answers);
    expect(made.printed.slice(0, 2)).toEqual(["✗ dev: 1 fault", `  - ${fault}`]);
    expect(made.printed.find((line) => line.startsWith("blog"))).toMatch(/ ✗auth rest$/);
  });

  test("one that is not there, of a project, of all, of the server", async () => {
    const gone = ["blog-rest-1", "shop-gateway-1", "shop-storage-1", "storage-1", "iv-dev-edge"];
    const { faults } = await json(serverAnswers({ containers: SERVER.filter(({ name }) => !gone.includes(name)) }));
    expect(faults).toEqual(["the server: there is no edge, storage", "blog: there is no rest", "shop: there is no storage, gateway"]);
  });

  test("Storage is not missed where nobody shares", async () => {
    const pulumi = outputs({ shop: stackProject("shop", { architecture: "isolated" }) });
    expect((await json({ ...serverAnswers({ containers: SERVER.filter(({ name }) => !["storage-1", "imgproxy-1"].includes(name)) }), pulumi })).faults).toEqual([]);
  });

  test("a backup that failed", async () => {
    const failed = { blog: { provenBackups: 1, lastFailure: { at: "2026-11-27T03:00:00.000Z", text: "the disk is full" } }, shop: { provenBackups: 1 } };
    expect((await json({ "docker exec iv-dev-backup cat": ok(JSON.stringify(failed)) })).faults).toEqual(["blog: its last backup failed, 2026-11-27T03:00:00.000Z: the disk is full"]);
  });

  test("a project of which the backup container wrote nothing yet is known to it", async () => {
    const { faults, projects } = await json({ "docker exec iv-dev-backup cat": ok(JSON.stringify({ blog: { provenBackups: 1 } })) });
    expect(faults).toEqual([]);
    expect(projects.at(-1)).toMatchObject({ lastProvenBackup: null, provenBackups: 0 });
  });

  test("a project that the backup container was not told of, or does not remember", async () => {
    expect((await json({ "docker exec iv-dev-backup find": ok("/var/lib/indie-ventures/projects/blog.json\n") })).faults).toEqual([
      "shop: the backup container does not know it, and makes no backup of it (doctor --fix mends that)",
    ]);
  });
});

describe("where projects are at https://", () => {
  const pulumi = outputs({ blog: stackProject("blog", { url: "https://blog.example.com" }), shop: stackProject("shop", { architecture: "isolated", url: "https://shop.example.com" }) });
  const https = (certificates: object, containers = [...SERVER, { name: "iv-dev-acme", service: "acme", limit: 128 }]) => ({ ...serverAnswers({ containers }), pulumi, "docker exec iv-dev-acme cat": ok(JSON.stringify(certificates)) });
  const good = { issuer: "Let's Encrypt E7", validUntil: "2100-02-20T00:00:00.000Z", owners: ["blog"] };

  test("all is well, also with a certificate that is on its way, and one that nobody wants any more", async () => {
    const certificates = { "blog.example.com": good, "shop.example.com": { ...good, issuer: "placeholder" }, "old.example.com": { ...good, validUntil: "2020-01-01T00:00:00.000Z", owners: [] } };
    const { made, isHealthy } = await asked(https(certificates));
    expect([isHealthy, made.printed[0]]).toEqual([true, "✓ dev: all is healthy"]);
    expect(made.printed.find((line) => line.startsWith("(server)"))).toContain("acme backup door");
  });

  test("certificates that are missing, not renewed, or over", async () => {
    const lastError = { at: "2026-11-28T07:00:00.000Z", text: "no such host" };
    const certificates = { "blog.example.com": { ...good, issuer: "placeholder", lastError }, "_.example.com": { ...good, lastError }, "shop.example.com": { ...good, issuer: "manual", validUntil: "2020-01-01T00:00:00.000Z" } };
    expect((await json(https(certificates))).faults).toEqual([
      "the certificate of blog.example.com is not there yet: no such host (2026-11-28T07:00:00.000Z)",
      "the certificate of *.example.com was not renewed: no such host (2026-11-28T07:00:00.000Z)",
      "the certificate of shop.example.com ended on 2020-01-01",
    ]);
  });

  test("no container that gets them", async () => {
    const { faults } = await json({ ...https({}, SERVER), "docker exec iv-dev-acme cat": fails("no such container") });
    expect(faults).toEqual(["the certificates could not be asked: no such container", "the server: there is no acme"]);
  });
});

describe("who does not answer is told, and the others are asked", () => {
  test.each<[string, Record<string, Ran>, string, (found: StatusJson) => unknown, unknown]>([
    [
      "Postgres",
      { "docker exec --interactive iv-dev-postgres": fails("psql: error: no") },
      "Postgres could not be asked: psql: error: no",
      ({ projects }) => projects.map(({ connections, databaseSize }) => [connections, databaseSize]),
      [[null, null], [null, null], [null, null]],
    ],
    [
      "the backups",
      { "docker exec iv-dev-backup cat": fails("container is not running") },
      "the backups could not be asked: container is not running",
      ({ projects }) => projects.map(({ lastProvenBackup, provenBackups }) => [lastProvenBackup, provenBackups]),
      [[null, null], [null, null], [null, null]],
    ],
    [
      "docker stats",
      { "docker stats": { ...fails(""), exitCode: undefined } },
      "the containers' memory could not be asked: no answer in time",
      ({ projects, server }) => [projects[0]?.services[0]?.memory, server.memory.used],
      [{ used: null, limit: 96 }, null],
    ],
    [
      "docker info",
      { "docker info": fails("no") },
      "the server's memory and disk could not be asked: no",
      ({ server }) => [server.memory.available, server.freeDisk],
      [null, null],
    ],
    ["JSON that is none", { "docker info": ok("oops") }, expect.stringMatching(/^the server's memory and disk could not be asked: Unexpected token/) as unknown as string, ({ projects }) => projects.length, 3],
  ])("%s", async (_, answers, fault, seen, expected) => {
    const found = await json(answers);
    expect(found.faults).toEqual([fault]);
    expect(seen(found)).toEqual(expected);
  });

  test("Docker: nobody else is asked", async () => {
    const { made, isHealthy } = await asked({ "docker ps": fails("Cannot connect to the Docker daemon") });
    expect(isHealthy).toBe(false);
    expect(made.printed.slice(0, 2)).toEqual(["✗ dev: 1 fault", "  - the containers could not be asked: Docker does not answer: Cannot connect to the Docker daemon"]);
    expect(made.printed.find((line) => line.startsWith("blog"))).toMatch(/^blog +shared +present +\? +\? +\?$/);
    expect(made.ran.filter((line) => line.startsWith("docker"))).toHaveLength(1);
  });

  test("Pulumi: the projects are the file's", async () => {
    const found = await json({ pulumi: fails("error: incorrect passphrase") });
    expect(found.faults).toEqual([expect.stringMatching(/^the stack's outputs could not be asked: The passphrase \(from nowhere\)/)]);
    expect(found.projects.map(({ name }) => name)).toEqual(["blog"]);
  });

  test("a stack that was never up", async () => {
    const { faults, projects } = await json({ pulumi: fails("error: no stack named 'dev' found"), "docker ps": ok() }, {});
    expect(faults).toEqual([
      "the stack dev was never brought up: npx indie up",
      "the server: there is no postgres, edge, gateway, door, backup, scratch, storage, imgproxy",
      "blog: there is no auth, rest",
    ]);
    expect(projects).toHaveLength(1);
  });

  test("no Pulumi: that is not a stack that was never up", async () => {
    const { faults, projects } = await json({ pulumi: missing });
    expect(faults).toEqual([expect.stringMatching(/^the stack's outputs could not be asked: There is no program `pulumi` on PATH/)]);
    expect(projects.map(({ name }) => name)).toEqual(["blog"]);
  });

  test("neither Pulumi nor a file that can be read", async () => {
    const { faults, projects } = await json({ pulumi: missing }, { text: "projects: [" });
    expect(faults[1]).toMatch(/^the projects could not be asked: projects\.yaml/);
    expect(projects).toEqual([]);
  });
});

test("words of a container in a fault stay in their line", async () => {
  const { made } = await asked({ "docker exec --interactive iv-dev-postgres": fails("psql: error\r✓ dev: all is healthy") });
  expect(made.printed.join("\n")).toContain("  - Postgres could not be asked: psql: error\\u{d}✓ dev: all is healthy");
});
