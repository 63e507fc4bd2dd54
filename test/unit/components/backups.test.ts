import { beforeAll, describe, expect, jest, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { execa } from "execa";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeProject, renderUnproven, renderNotifyEnvironment, renderRepositoryEnvironment } from "../../../components/backups.ts";
import { IMAGES } from "../../../spec/images.ts";
import { DELETE_FILES } from "../../../components/backupScripts.ts";
import { FILES_DIRECTORY } from "../../../components/services/storage.ts";
import { STATE } from "../../../images/backup/places.ts";
import { isPurged, purgedNames, withoutPurged } from "../../../components/backupStatus.ts";
import { removedMessage } from "../../../components/removedProjects.ts";
import type { Registered } from "../lib/mocks.ts";
import { program, PROJECT, STACK } from "../lib/program.ts";

let registered: Registered[];
const warned: string[] = [];

beforeAll(async () => {
  const warn = jest.spyOn(pulumi.log, "warn").mockImplementation(async (text) => void warned.push(text));
  ({ registered } = await program([PROJECT, { ...PROJECT, name: "old", state: "removed" }, { ...PROJECT, name: "other", versions: { realtime: "v9.9.9" } }]));
  warn.mockRestore();
});

const named = (name: string, type: string) => registered.find((resource) => resource.name === name && resource.type.endsWith(type))!;

describe("the containers", () => {
  test("none has the engine's socket; the scratch one has no network, and nothing of ours", () => {
    for (const { inputs } of registered.filter(({ type }) => type.endsWith(":Container"))) expect(JSON.stringify(inputs.volumes ?? [])).not.toContain("docker.sock");
    const { inputs } = named("scratch", ":Container");
    expect([inputs.networkMode, inputs.networksAdvanced, inputs.envs]).toEqual(["none", [], undefined]);
    expect((inputs.volumes as { volumeName: string }[]).map(({ volumeName }) => volumeName)).toEqual(["iv-dev-scratch-socket", "iv-dev-scratch-data"]);
  });

  test("the repository is a protected volume of this server unless the stack says otherwise", () => {
    expect(named("backups", ":Volume").protect).toBe(true);
    expect(JSON.stringify(named("backup", ":Container").inputs.envs)).toContain("RESTIC_REPOSITORY=/repository");
  });
});

describe("what the container is told of a project", () => {
  test("is told anew where its resource is replaced, and not taken away after that", () => {
    expect(named("shop-eu-backup", ":Command").deleteBeforeReplace).toBe(true);
  });

  test("goes, where data is not protected, with its files and what a restore of it replaced; another's stays", async () => {
    const folder = await mkdtemp(join(tmpdir(), "indie-ventures-delete-"));
    for (const path of ["files/blog", "files/docs", "replaced"]) await mkdir(join(folder, path), { recursive: true });
    for (const name of ["blog", "docs"]) await writeFile(join(folder, "replaced", `${name}.json`), "{}");
    await execa("sh", ["-c", DELETE_FILES.replaceAll(FILES_DIRECTORY, folder).replaceAll(STATE, folder), "forget", "blog"]);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(["files", "files/docs", "replaced", "replaced/docs.json"]);
    await rm(folder, { recursive: true });
  });
});

test("a project whose Realtime is another version than the server's: it is said before anything is changed; of others nothing", () => {
  expect(renderUnproven({ ...PROJECT, versions: { auth: "v1", realtime: IMAGES.realtime.split(":")[1] } }, IMAGES)).toBeUndefined();
  expect(renderUnproven({ ...PROJECT, versions: { realtime: "v9.9.9" } }, IMAGES)).toBe(
    `project "shop-eu": its Realtime is supabase/realtime:v9.9.9, and the server's is ${IMAGES.realtime}. Where these make different tables, no backup of the project can be proven, and none counts: docs/backups.md, "What is not kept".`,
  );
  expect(warned).toEqual([expect.stringContaining('project "other": its Realtime is realtime:v9.9.9')]);
});

test("a migration more is no news to the backups", () => {
  const described = (files: string[]) => JSON.stringify(describeProject({ ...PROJECT, migrations: { folder: "supabase/shop", files } }, IMAGES, "seed", {}));
  expect(described(["1_a.sql"])).toBe(described(["1_a.sql", "2_b.sql"]));
  expect(JSON.parse(described([]))).toMatchObject({ entry: { name: "shop-eu", migrations: "supabase/shop" } });
});

test("only variables of a repository's reach the container, and no value is in the error", () => {
  expect(renderRepositoryEnvironment({ AWS_ACCESS_KEY_ID: "a", RESTIC_REST_PASSWORD: "b=c" }, "local")).toEqual(["AWS_ACCESS_KEY_ID=a", "RESTIC_REST_PASSWORD=b=c"]);
  expect(() => renderRepositoryEnvironment({ PATH: "s3cret" }, "local")).toThrow(/"PATH", which is no variable/);
  expect(() => renderRepositoryEnvironment({ PATH: "s3cret" }, "local")).not.toThrow(/s3cret/);
  expect(() => renderRepositoryEnvironment({ SSH_AUTH_SOCK: "a" }, "local")).toThrow(/"SSH_AUTH_SOCK", which is no variable/);
});

test("a repository by SFTP has its own key, and knows the server by its", () => {
  expect(() => renderRepositoryEnvironment({ SSH_PRIVATE_KEY: "s3cret" }, "sftp:me@example.com:/backups")).toThrow(/has no SSH_KNOWN_HOSTS, which a repository by SFTP needs/);
  expect(() => renderRepositoryEnvironment({}, "sftp:me@example.com:/backups")).toThrow(/has no SSH_PRIVATE_KEY and no SSH_KNOWN_HOSTS/);
  expect(renderRepositoryEnvironment({ SSH_PRIVATE_KEY: "a", SSH_KNOWN_HOSTS: "b" }, "sftp:me@example.com:/backups")).toEqual(["SSH_PRIVATE_KEY=a", "SSH_KNOWN_HOSTS=b"]);
});

test("the container is told whom to tell, if anybody, and no address is in the error", () => {
  expect([renderNotifyEnvironment(undefined, "prod"), renderNotifyEnvironment({ webhook: "https://hooks.example.com/s3cret" }, "prod")]).toEqual([[], ["NOTIFY_WEBHOOK=https://hooks.example.com/s3cret"]]);
  expect(() => renderNotifyEnvironment({ webhook: "ftp://s3cret" }, "prod")).toThrow(/notify\.webhook  must be an address/);
  expect(() => renderNotifyEnvironment({ webhook: "ftp://s3cret" }, "prod")).not.toThrow(/s3cret/);
  expect(JSON.stringify(named("backup", ":Container").inputs.envs)).not.toContain("NOTIFY");
});

describe("a removed project", () => {
  test("lets nobody log in, is not protected, and is forgotten, not dropped, once its entry goes", () => {
    const roles = registered.filter(({ type, name }) => type.endsWith(":Role") && name.startsWith("old-"));
    expect(roles.map(({ inputs }) => inputs.login)).toEqual(Array(5).fill(false));
    expect(named("old", ":Database")).toMatchObject({ protect: false, retainOnDelete: true });
    expect(named("shop-eu", ":Database")).toMatchObject({ protect: true, retainOnDelete: false });
  });

  test("goes away when its address says so and nobody can log in any more", () => {
    const removal = named("old-removal", ":Command");
    expect(removal.inputs.delete).toBeUndefined();
    expect(removal.dependencies).toEqual(expect.arrayContaining(["old-backup", "old-site"]));
    expect(JSON.stringify(named("old-fragment", ":Command").inputs.stdin)).toContain("The project old is removed");
  });

  test("nobody enters its database, which is shut", () => {
    expect([named("old-tenancy", ":Command"), named("old-realtime-schema", ":Command")].map(({ inputs }) => (inputs.environment as Record<string, string>).REMOVED)).toEqual(["true", "true"]);
  });
});

describe("a purged project", () => {
  const status = { old: { provenBackups: 1, removal: { phase: "purged" } }, off: { provenBackups: 1, removal: { phase: "locked" } } };
  const old = { ...PROJECT, name: "old", state: "removed" as const };

  test("is as if its entry were gone", () => {
    expect([isPurged(status, "old"), isPurged(status, "off"), isPurged({}, "old")]).toEqual([true, false, false]);
    expect(withoutPurged([PROJECT, old, { ...old, name: "off" }], status, STACK).map(({ name }) => name)).toEqual([PROJECT.name, "off"]);
  });

  test("is known as purged for as long as its entry stands in the file", () => {
    expect(purgedNames([PROJECT, old, { ...old, name: "off" }], status)).toEqual(["old"]);
  });

  test("does not come back by a word", () => {
    expect(() => withoutPurged([{ ...old, state: "present" }], status, STACK)).toThrow(/"old" was purged.*Nothing was changed/s);
  });

  test("nor does one whose purge has begun: what is there may be half of it", () => {
    const purging = { old: { provenBackups: 1, removal: { phase: "purging" } } };
    expect(withoutPurged([old], purging, STACK)).toEqual([old]);
    expect(() => withoutPurged([{ ...old, state: "suspended" }], purging, STACK)).toThrowErrorMatchingInlineSnapshot(`
"projects.yaml: "old" is being purged: its database and its files are being deleted, and some may be gone. Nothing was changed.
Write state: removed again and let the purge end, by itself or now: npm run indie -- purge old
Then, with its old keys and its data: docs/backups.md, "A project that was purged"."
`);
  });

  test("the container asks first, before it is told anything of a project that is there", () => {
    const { PUT } = named("shop-eu-backup", ":Command").inputs.environment as { PUT: string };
    expect(PUT.indexOf("bring-back")).toBeGreaterThan(0);
    expect(PUT.indexOf("bring-back")).toBeLessThan(PUT.indexOf("cat >"));
    expect((named("old-backup", ":Command").inputs.environment as { PUT: string }).PUT).not.toContain("bring-back");
  });
});

test("what to type names the stack, where it is not the one that is meant anyway", () => {
  const prod = { ...STACK, stack: "prod" };
  expect(removedMessage(["blog", "docs"], ["blog", "docs"], prod)).toContain("npm run indie -- purge blog --stack prod, npm run indie -- purge docs --stack prod");
  expect(removedMessage(["blog"], [], prod)).toContain("run `npm run up -- --stack prod`.");
  const wanted = (phase: string) => () => withoutPurged([PROJECT], { [PROJECT.name]: { provenBackups: 1, removal: { phase } } }, prod);
  expect(wanted("purging")).toThrow(`npm run indie -- purge ${PROJECT.name} --stack prod`);
  expect(wanted("purged")).toThrow("run `npm run up -- --stack prod`;");
});

test("an entry that is gone too early: what to do", () => {
  expect(removedMessage(["blog"], ["blog"], STACK)).toMatchInlineSnapshot(`
"projects.yaml: "blog" is gone from the file, but the data is on this server and protected.
Nothing was changed. Put the entry back until it is purged; to purge now: npm run indie -- purge blog"
`);
  expect(removedMessage(["blog", "docs"], ["docs"], STACK)).toMatchInlineSnapshot(`
"projects.yaml: "blog", "docs" are gone from the file, but the data are on this server and protected.
Nothing was changed. Put the entries back. To take a project away: write state: removed in its entry and run \`npm run up\`. Its last backup is made and proven then, and only after
that may the entry go. To delete the data without a backup: pulumi config set indie-ventures:protectData false, pulumi up, and then delete the entry."
`);
});
