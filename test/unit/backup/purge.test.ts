import { afterAll, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "../../../images/backup/manifest.ts";
import type { BackupProject } from "../../../images/backup/project.ts";
import type { Removal } from "../../../images/backup/removal.ts";
import type { Settings } from "../../../images/backup/settings.ts";
import { placesIn } from "./placesIn.ts";

let folder: string;
let hasDatabase: boolean;
/** How far the last backup can be proven now. */
let level: number;
let done: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "purge-"));
  jest.unstable_mockModule("../../../images/backup/places.ts", () => placesIn(folder));
  jest.unstable_mockModule("../../../images/backup/backup.ts", () => ({ backUp: async () => {} }));
  jest.unstable_mockModule("../../../images/backup/catalog.ts", () => ({
    findBackup: async (project: string, id: string) => ({ project, id, begun: "2026-11-02T00:00:00.000Z" }),
    isProven: (manifest: Manifest) => manifest.level === 3,
    writeStatus: async () => {},
  }));
  jest.unstable_mockModule("../../../images/backup/prove.ts", () => ({
    prove: async ({ manifest }: { manifest: Manifest }) => (done.push("proved"), { ...manifest, level, faults: ["a part of the repository is gone"] }),
  }));
  jest.unstable_mockModule("../../../images/backup/postgres.ts", () => ({
    withClient: (_: unknown, use: (client: object) => unknown) => use({ query: async () => ({ rows: [], rowCount: hasDatabase ? 1 : 0 }) }),
  }));
  jest.unstable_mockModule("../../../images/backup/restore.ts", () => ({ closeDatabase: async () => {}, openDatabase: async () => {}, dropDatabase: async () => void done.push("dropped") }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const project = { name: "blog", database: "blog" } as BackupProject;
const settings = { postgres: { superuser: {} } } as Settings;
const removal = (): string => join(folder, "state", "removals", "blog.json");
const picture = (): string => join(folder, "files", "blog", "pictures", "one");

beforeEach(() => {
  done = [];
  for (const path of [removal(), picture()]) mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(picture(), "bytes");
  writeFileSync(removal(), JSON.stringify({ project, phase: "purging", closed: "2026-11-01T00:00:00.000Z", locked: "2026-11-02T00:00:00.000Z", backup: "20261102T000000Z" } satisfies Removal));
});

async function goOn(): Promise<void> {
  const { purge } = await import("../../../images/backup/removal.ts");
  await purge({ settings, project, say: () => {} }, 14, true);
}
const phase = () => (JSON.parse(readFileSync(removal(), "utf8")) as Removal).phase;

test("one that was cut short is refused while there is a database, and its last backup is not proven any more", async () => {
  [hasDatabase, level] = [true, 1];
  await expect(goOn()).rejects.toThrow('Backup 20261102T000000Z of "blog" is not proven, so nothing is deleted: a part of the repository is gone');
  expect([done, phase(), existsSync(picture())]).toEqual([["proved"], "purging", true]);
});

test("it goes on where the backup is proven once more", async () => {
  [hasDatabase, level] = [true, 3];
  await goOn();
  expect([done, phase(), existsSync(picture())]).toEqual([["proved", "dropped"], "purged", false]);
});

test("without a database there is nothing left to be careful with: half of the files are no project", async () => {
  [hasDatabase, level] = [false, 1];
  await goOn();
  expect([done, phase(), existsSync(picture())]).toEqual([["dropped"], "purged", false]);
});

test("what a restore of it replaced is forgotten: a new project of the name is another, and has nothing to roll back to", async () => {
  [hasDatabase, level] = [true, 3];
  const { endJournal, readReplaced, writeJournal } = await import("../../../images/backup/journal.ts");
  for (const name of ["blog", "docs"]) {
    await writeJournal({ project: { ...project, name }, backup: "20261101T000000Z", safety: "20261102T000000Z", phase: "clear" });
    await endJournal({ project: { ...project, name }, backup: "20261101T000000Z", safety: "20261102T000000Z", phase: "clear" });
  }
  await goOn();
  expect([await readReplaced("blog"), await readReplaced("docs")]).toEqual([undefined, { safety: "20261102T000000Z" }]);
});
