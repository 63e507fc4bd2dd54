import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { recover } from "../../../cli/recover.ts";
import { Interrupted, reporter } from "../../../cli/report.ts";
import { fails, fakeRun, ok } from "./fakeRun.ts";

let backend: string;
beforeEach(() => {
  backend = mkdtempSync(join(tmpdir(), "backend-"));
});
afterEach(() => rmSync(backend, { recursive: true }));

const labels = [
  { label: "indie-ventures.stack", value: "dev" },
  { label: "indie-ventures.state", value: "5a" },
];
const ours = JSON.stringify({ Id: "0123", Name: "iv-dev-data", Labels: { "indie-ventures.stack": "dev", "indie-ventures.state": "5a" } });
const creating = (type: string, name: string) => ({
  type: "creating",
  resource: { urn: `urn:pulumi:dev::indie-ventures::${type}::${name}`, type, custom: true, inputs: { name: `iv-dev-${name}`, labels } },
});
const network = creating("docker:index/network:Network", "edge");
const volume = creating("docker:index/volume:Volume", "data");
const exported = (...operations: unknown[]) => ok(JSON.stringify({ version: 3, deployment: { resources: [], pending_operations: operations } }));

async function recovering(answers: Parameters<typeof fakeRun>[0]) {
  const lines: string[] = [];
  const fake = fakeRun({ "docker ps": ok(), "pulumi stack import": ok(), "pulumi refresh": ok(), ...answers });
  const args = { run: fake.run, env: { PULUMI_BACKEND_URL: `file://${backend}` }, stack: "dev" };
  await recover({ ...args, report: reporter((line) => lines.push(line)), endOrphans: async () => {} });
  return { ...fake, lines };
}

function lock(content: object): void {
  const folder = join(backend, ".pulumi", "locks", "organization", "indie-ventures", "dev");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "1.json"), JSON.stringify({ username: "ada", timestamp: "2026-11-22T22:00:00Z", ...content }));
}

test("after a good update nothing is done and nothing is said", async () => {
  const { ran, lines } = await recovering({ "pulumi stack export": exported() });
  expect(ran).toEqual(["pulumi stack export --stack dev --non-interactive"]);
  expect(lines).toEqual([]);
});

test("a half-made network goes, a volume comes into the state, each said in words", async () => {
  const { ran, stdin, lines } = await recovering({
    "pulumi stack export": exported(network, volume),
    "docker network inspect": ok(ours),
    "docker volume inspect": ok(ours),
    "docker network rm 0123": ok(),
  });
  expect(ran).toContain("docker network rm 0123");
  expect(ran.filter((line) => line.startsWith("docker volume"))).toEqual(["docker volume inspect --format {{json .}} -- iv-dev-data"]);
  const imported = JSON.parse(stdin[0]!).deployment;
  expect(imported.pending_operations).toEqual([]);
  expect(imported.resources).toMatchObject([{ urn: volume.resource.urn, id: "iv-dev-data" }]);
  expect(ran.at(-2)).toContain(`--target ${volume.resource.urn}`);
  expect(lines.join("\n")).toMatch(/edge \(interrupted while creating\)[^]*data \(interrupted while creating\)[^]*✓ recovered from a killed update: 2 operations/);
});

test("Ctrl-C on the way: all of it is done, and the update is not begun", async () => {
  const answers = {
    "pulumi stack export": exported(network),
    "docker network inspect": () => (process.emit("SIGINT", "SIGINT"), ok(ours)),
    "docker network rm 0123": ok(),
  };
  const lines: string[] = [];
  const { run, ran } = fakeRun({ "docker ps": ok(), "pulumi stack import": ok(), "pulumi refresh": ok(), ...answers });
  const args = { run, env: { PULUMI_BACKEND_URL: `file://${backend}` }, stack: "dev", report: reporter((line) => lines.push(line)), endOrphans: async () => {} };
  await expect(recover(args)).rejects.toThrow(new Interrupted("The update was not begun, and nothing is half done: run the same command again."));
  expect(ran).toEqual(expect.arrayContaining(["docker network rm 0123", expect.stringMatching(/^pulumi stack import/)]));
  expect(lines[0]).toBe("  Ctrl-C: what is under way is brought to its end first. Ctrl-C again leaves at once");
  expect(process.listeners("SIGINT")).toEqual([]);
});

test("an engine that does not answer is no proof that nothing is there", () =>
  expect(recovering({ "pulumi stack export": exported(volume), "docker volume inspect": fails("Cannot connect to the Docker daemon") })).rejects.toThrow(
    /does not tell whether volume iv-dev-data is there/,
  ));

test("a Postgres that does not answer is no proof that a database is not there", async () => {
  const database = creating("postgresql:index/database:Database", "blog");
  await expect(recovering({ "pulumi stack export": exported(database), "docker exec": fails("No such container") })).rejects.toThrow(/Postgres .* does not answer/);
});

test("before something unknown nothing at all is touched", async () => {
  const { run, ran } = fakeRun({
    "docker ps": ok(),
    "docker network inspect": ok(ours),
    "pulumi stack export": exported(network, creating("hcloud:index/server:Server", "vm")),
  });
  const args = { run, env: {}, stack: "dev", report: reporter(() => {}), endOrphans: async () => {} };
  await expect(recover(args)).rejects.toThrow(/Nothing was changed: .*::vm: only you can tell/);
  expect(ran.filter((line) => / rm |import|refresh/.test(line))).toEqual([]);
});

test("a lock whose process is gone is taken away", async () => {
  lock({ pid: 2 ** 22 + 1, hostname: hostname() }); // Above the largest process id there can be.
  const { ran } = await recovering({ "pulumi cancel": ok(), "pulumi stack export": exported() });
  expect(ran[0]).toBe("pulumi cancel --yes --stack dev --non-interactive");
});

test("a lock of another computer stays", async () => {
  lock({ pid: 1, hostname: "laptop" });
  await expect(recovering({})).rejects.toThrow(/process 1 of ada on laptop/);
});

test("a process that is not pulumi has only its number in common with the one that held the lock", async () => {
  lock({ pid: process.pid, hostname: hostname() });
  const { ran } = await recovering({ "pulumi cancel": ok(), "pulumi stack export": exported() });
  expect(ran[0]).toContain("pulumi cancel");
});

test("a half-made container ends in order; one with data only once it has started", async () => {
  const container = creating("docker:index/container:Container", "postgres");
  let looked = 0;
  const { ran, lines } = await recovering({
    "pulumi stack export": exported(container),
    "docker container inspect --format {{json": ok(JSON.stringify({ Id: "0123", Config: { Labels: JSON.parse(ours).Labels } })),
    "docker container inspect": () => ok(looked++ === 0 ? "true starting 2" : "true healthy 2"),
    "docker stop": ok(),
    "docker rm": ok(),
  });
  expect(ran.slice(-6, -2).map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
    "docker container inspect",
    "docker container inspect",
    "docker stop --time",
    "docker rm --force",
  ]);
  expect(lines.join()).toContain("postgres: waiting until it has started");
});
