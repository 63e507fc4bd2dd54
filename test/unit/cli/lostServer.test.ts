import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lostMessage, settleLostServer, withoutServer } from "../../../cli/lostServer.ts";
import type { Export, Resource } from "../../../cli/pendingOperations.ts";
import { reporter } from "../../../cli/report.ts";
import { fails, fakeRun, ok } from "./fakeRun.ts";

const urn = (type: string, name: string) => `urn:pulumi:dev::indie-ventures::${type}::${name}`;
const resource = (type: string, name: string, more: Partial<Resource> = {}): Resource => ({ urn: urn(type, name), type, custom: !type.startsWith("indie-ventures:"), ...more });
const provider = (name: string) => `${urn(`pulumi:providers:${name}`, name)}::0a1b`;

const stack = resource("pulumi:pulumi:Stack", "indie-ventures-dev", { custom: false, outputs: { projectNames: ["blog"], protectData: true } });
const container = resource("docker:index/container:Container", "postgres", { provider: provider("docker"), inputs: { name: "iv-dev-postgres" } });
const volume = resource("docker:index/volume:Volume", "postgres-data", { provider: provider("docker"), protect: true, inputs: { name: "iv-dev-postgres-data" } });
const seed = resource("pulumi:index:Stash", "blog-seed", {
  protect: true,
  parent: urn("indie-ventures:index:ProjectKeys", "blog"),
  outputs: { output: { ciphertext: "v1:x" } },
  dependencies: [],
});
const database = resource("postgresql:index/database:Database", "blog", { provider: provider("postgresql"), protect: true, inputs: { name: "blog" }, dependencies: [container.urn] });
const exported: Export = {
  version: 3,
  deployment: {
    resources: [
      stack,
      resource("pulumi:providers:random", "random"),
      resource("random:index/randomId:RandomId", "state", { provider: provider("random"), outputs: { hex: "5a" } }),
      resource("pulumi:providers:docker", "docker"),
      volume,
      container,
      resource("pulumi:providers:postgresql", "postgresql", { dependencies: [container.urn] }),
      resource("indie-ventures:index:ProjectKeys", "blog", { dependencies: [container.urn], propertyDependencies: { stack: [container.urn, stack.urn], nothing: null } }),
      seed,
      database,
      resource("command:local:Command", "data-guard", { dependencies: [database.urn] }),
    ],
    pending_operations: [{ type: "creating", resource: container }],
  },
};

describe("the state of a server that is lost", () => {
  const { resources = [], pending_operations } = withoutServer(exported).deployment;
  test("keeps the seeds, the state's own name and what they belong to, and forgets the rest", () => {
    expect(resources.map((each) => each.urn.split("::").slice(2).join(" "))).toEqual([
      "pulumi:pulumi:Stack indie-ventures-dev",
      "pulumi:providers:random random",
      "random:index/randomId:RandomId state",
      "indie-ventures:index:ProjectKeys blog",
      "pulumi:index:Stash blog-seed",
    ]);
    expect(resources.find(({ urn }) => urn === seed.urn)).toEqual({ ...seed, protect: false });
    expect(pending_operations).toEqual([]);
  });

  test("names nothing that is not in it", () => {
    const text = JSON.stringify(resources);
    for (const gone of [container, volume, database]) expect(text).not.toContain(gone.urn);
    expect(resources[3]).toMatchObject({ dependencies: [], propertyDependencies: { stack: [stack.urn], nothing: [] } });
  });

  test("no entry of projects.yaml has to stay for data that is gone", () => {
    expect(resources[0]!.outputs).toEqual({ projectNames: [], protectData: true });
    expect(resources.map(({ protect }) => protect ?? false)).not.toContain(true);
  });

  test("what was exported is as it was", () => expect(exported.deployment.resources![0]!.outputs!.projectNames).toEqual(["blog"]));
});

describe("before an update", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "state-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const nothing = { "docker ps": ok(), "docker network ls": ok(), "docker volume ls": ok() };
  async function settling(isEmptyServer: boolean, answers: Parameters<typeof fakeRun>[0], state = exported) {
    const fake = fakeRun({ "pulumi stack import": ok(), ...answers });
    const lines: string[] = [];
    const settled = await settleLostServer({ run: fake.run, env: { XDG_STATE_HOME: folder }, stack: "dev", isEmptyServer, report: reporter((line) => lines.push(line)) }, state);
    return { ...fake, settled, lines };
  }
  const here = (name: string) => `iv-dev-${name}\n`;

  test("a state that knows nothing of a server asks nobody", async () => {
    const state = { version: 3, deployment: { resources: [stack] } };
    expect((await settling(false, {}, state)).settled).toBe(state);
  });

  test.each([
    ["a container", { "docker ps": ok("0123\n") }],
    ["a network", { "docker network ls": ok("0123\n") }],
    ["a volume", { "docker volume ls --quiet --filter": ok(here("edge-sites")) }],
    ["a volume without our label, as from a copy", { "docker volume ls --quiet --filter": ok(), "docker volume ls": ok(`other\n${here("postgres-data")}`) }],
  ])("while %s is there nothing is done, whatever is asked for", async (_, answers) => {
    const all = { ...answers, ...nothing, ...answers };
    expect((await settling(false, all)).settled).toBe(exported);
    await expect(settling(true, all)).rejects.toThrow(/things of "dev" are on this one/);
  });

  test("an engine that does not answer is no proof that nothing is there", () =>
    expect(settling(true, { ...nothing, "docker network ls": fails("Cannot connect to the Docker daemon") })).rejects.toThrow(/does not tell what is on the server/));

  test("nothing is there: another engine looks the same, so nothing is done until a person says so", async () => {
    await expect(settling(false, nothing)).rejects.toThrow(/Nothing was changed\. If this is not the stack's engine/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("also when a refresh has found the volumes gone, and could not ask about the databases", () =>
    expect(settling(false, nothing, { version: 3, deployment: { resources: [stack, database] } })).rejects.toThrow(/knows of 1 database there\./));

  test("a person says so: the state is put in order, and a copy of it as it was is kept", async () => {
    // The backups' volume may be put back from a copy first.
    const { stdin, lines } = await settling(true, { ...nothing, "docker volume ls": ok(here("backups")) });
    expect(JSON.parse(stdin[0]!)).toEqual(withoutServer(exported));
    const [name] = readdirSync(join(folder, "indie-ventures"));
    const copy = join(folder, "indie-ventures", name!);
    expect(JSON.parse(readFileSync(copy, "utf8"))).toEqual(exported);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(lines.join("\n")).toContain(copy);
  });

  test("a state that never had a server has lost none", () =>
    expect(settling(true, {}, { version: 3, deployment: {} })).rejects.toThrow(/Pulumi's state of "dev" knows of none/));
});

test("what is said of it", () => {
  const known = { volume: ["a", "b"], container: ["c"], network: [], role: [], database: ["blog", "shop"] };
  expect(lostMessage("dev", known)).toMatchInlineSnapshot(`
"Nothing of the stack "dev" is on this Docker Engine, and Pulumi's state knows of 1 container, 2 volumes, 2 databases there.
Nothing was changed. If this is not the stack's engine (DOCKER_HOST, the docker context), go back to that, and run the same command again.
If the server is lost: \`npm run up -- --empty-server\` makes everything anew on this one, empty, with the keys that the projects had. Then
\`npm run indie -- restore --all --without-safety-backup\` brings their data back (docs/backups.md, "A server that is lost").
Its backups were on it too (backupRepository: local), in the volume iv-dev-backups: only who has a copy of that, and puts it back first, gets the data back."
`);
  expect(lostMessage("dev", known, "s3:https://s3.example.com/bucket").split("\n").at(-1)).toBe("Its backups are in s3:https://s3.example.com/bucket.");
});
