import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Level, Manifest } from "../../../images/backup/manifest.ts";
import type { StoredObject } from "../../../images/backup/places.ts";
import type { BackupProject } from "../../../images/backup/project.ts";
import type { Settings } from "../../../images/backup/settings.ts";
import { placesIn } from "./placesIn.ts";

const ID = "20261123T190511Z";
const LOST = 'objects of Storage have no file in the backup, such as "pictures/lost/v1"';
const dump = { bytes: 4, sha256: createHash("sha256").update("dump").digest("hex") };
const made = (level: Level, faults: string[], withoutFile = 0, kind = "safety"): Manifest =>
  ({ id: ID, project: "blog", kind, level, faults, dump, objects: { rows: 3, withoutFile }, trees: { before: "b", set: "s" }, measure: { tables: {}, sequences: {} } }) as unknown as Manifest;

const project = { name: "blog", database: "blog", restoringDatabase: "restoring", roles: [], images: {}, keys: { seed: "s", generation: 1 } } as unknown as BackupProject;
const settings = { stack: "dev", postgresImage: "postgres:new", postgres: { superuser: { user: "s" }, reader: { user: "r" } } } as unknown as Settings;
const lost: StoredObject = { bucket_id: "pictures", name: "lost", version: "v1" };
const objects = {
  count: 1,
  async *[Symbol.asyncIterator]() {
    yield lost;
  },
};

let folder: string;
/** What the backup of what is there now comes to. */
let safety: Manifest;
/** What is not as it was, in the restored database. */
let restoredFaults: string[];
/** What was said and done, in order. */
let done: string[];
const say = (line: string): void => void done.push(line);

/** A repository whose every snapshot has a whole set, with Vault's root key, and no stored file. */
const repository = {
  ...{ size: async () => 0, readBack: async () => {}, save: async () => {}, forget: async () => {}, repositoryId: async () => "id", readTags: () => ({}), },
  list: async function* (_: string, path: string) {
    if (path === join(folder, "vault")) yield join(path, "pgsodium_root.key");
  },
  snapshots: async ({ part }: { part: string }) => [{ id: part, tree: part === "before" ? "b" : "s", hostname: "dev" }],
  restore: async (_: string, from: string, to: string) => {
    mkdirSync(join(to, from), { recursive: true });
    if (!from.endsWith("staging")) return;
    const texts = { "database.dump": "dump", "extras.json": '{ "settings": [] }', "roles.json": "[]", "project.json": JSON.stringify(project), "keys.json": JSON.stringify(project.keys) };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(to, from, name), text);
  },
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "safety-"));
  mkdirSync(join(folder, "files"));
  const nothing = async () => {};
  jest.unstable_mockModule("../../../images/backup/places.ts", () => placesIn(folder));
  jest.unstable_mockModule("../../../images/backup/restic.ts", () => repository);
  jest.unstable_mockModule("../../../images/backup/backup.ts", () => ({ backUp: async () => (done.push("BACKED UP"), safety) }));
  jest.unstable_mockModule("../../../images/backup/room.ts", () => ({ requireRoomToRestore: nothing, requireRoomToProve: nothing }));
  jest.unstable_mockModule("../../../images/backup/restoreDatabase.ts", () => ({ restoreDatabase: async () => ({ faults: restoredFaults, objects }) }));
  jest.unstable_mockModule("../../../images/backup/renamed.ts", () => ({ renamed: nothing }));
  jest.unstable_mockModule("../../../images/backup/scratch.ts", () => ({ withScratch: (use: (server: object) => unknown) => use({}) }));
  jest.unstable_mockModule("../../../images/backup/template.ts", () => ({ makeTemplate: nothing, templateDump: async () => "dump" }));
  jest.unstable_mockModule("../../../images/backup/postgres.ts", () => ({
    ...{ asSuperuser: nothing, quoteGrantee: String, quoteIdentifier: String, quoteLiteral: String },
    withClient: (_: unknown, use: (client: object) => unknown) => use({ query: async (text: string) => ({ rows: text.includes("datconnlimit") ? [{ datname: "restoring", datconnlimit: -1 }] : [], rowCount: 0 }) }),
  }));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  [done, restoredFaults] = [[], []];
});

describe("a backup of what a restore replaces", () => {
  test.each([
    ["proven", made(3, []), 0, true],
    ["without the files that were missing already", made(2, [`2 ${LOST}`], 2), 2, true],
    ["without a file that was there a moment ago", made(2, [`2 ${LOST}`], 1), 0, false],
    ["without them, and with another fault", made(2, ["table a has other rows", `2 ${LOST}`], 2), 0, false],
    ["the same, in the other order", made(2, [`2 ${LOST}`, "table a has other rows"], 2), 0, false],
    ["with a database that differs, where files were missing", made(2, ["table a has other rows"], 2), 0, false],
    ["that could not be restored", made(1, ["The dump is refused"]), 0, false],
    ["whose proof did not end", made(0, []), 0, false],
    ["of another kind, which counts or does not", made(2, [`2 ${LOST}`], 2, "manual"), 0, false],
  ])("%s", async (_, manifest, missing, comesBack) => {
    const { canBeRestored, missingAlready, whyNotReplaced } = await import("../../../images/backup/safety.ts");
    expect([missingAlready(manifest), canBeRestored(manifest), whyNotReplaced("blog", manifest) === undefined]).toEqual([missing, comesBack, comesBack]);
  });

  test("that lacks files says so in the words that a proof has for it", async () => {
    const { missingAlready } = await import("../../../images/backup/safety.ts");
    const { prove } = await import("../../../images/backup/prove.ts");
    const proven = await prove({ settings, manifest: made(0, [], 1), say });
    expect([proven.level, proven.faults, missingAlready(proven), proven.wasProven]).toEqual([2, [`1 ${LOST}`], 1, undefined]);
    expect((await prove({ settings, manifest: made(3, []), say })).wasProven).toBe(true);
  });
});

test("what does not fit this server, which has another Postgres than it was made with, counts as before; where it has the same, no more", async () => {
  const { prove } = await import("../../../images/backup/prove.ts");
  const { manifests, note } = await import("../../../images/backup/catalog.ts");
  const proven = (image: string): Manifest => ({ ...made(3, []), kind: "manual", versions: { images: { postgres: image } } }) as unknown as Manifest;
  restoredFaults = ["too much: a function of the image"];
  await note(proven("postgres:old"));
  await expect(prove({ settings, manifest: proven("postgres:old"), say })).rejects.toThrow(/could not be proven now: too much: a function of the image\. It was made with postgres:old, and this server has postgres:new/);
  expect((await manifests("blog")).map(({ level }) => level)).toEqual([3]);
  await prove({ settings, manifest: proven("postgres:new"), say });
  expect((await manifests("blog")).map(({ level }) => level)).toEqual([2]);
});

async function restoreOf(manifest: Manifest): Promise<void> {
  const { restore } = await import("../../../images/backup/restore.ts");
  await restore({ settings, project, manifest, dryRun: false, say });
}

test("before a restore begins it says what is lost; where what is there now could not be had back it is refused, and nothing is made", async () => {
  safety = made(2, ["table a has other rows"]);
  await expect(restoreOf(made(3, [], 0, "manual"))).rejects.toThrow(
    `blog: the backup of what is there now is not proven, so that is not replaced: backup ${ID} is not proven: table a has other rows. Mend that; or, if it need not be had back: --without-safety-backup`,
  );
  expect(done).toEqual([expect.stringMatching(/What is written from here on until the restore has ended is lost; state: suspended, before, keeps users out$/), "BACKED UP"]);
});

test("where only files were missing already it goes on, and says so; a rollback brings back what lacked them, and no other restore does", async () => {
  safety = made(2, [`1 ${LOST}`], 1);
  await expect(restoreOf(made(3, [], 0, "manual"))).rejects.toThrow("blog: 1 stored files are missing in the backup, so nothing was changed");
  expect(done).toContain("blog: 1 stored files are missing there now: a rollback brings back all but them");
  await restoreOf(safety);
  expect(done.at(-1)).toBe(`blog: restored from backup ${ID}`);
});
