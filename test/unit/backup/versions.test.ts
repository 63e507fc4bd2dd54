// A backup of before Realtime or Postgres was updated: it may not fit this server's template, and is whole all the same.
import { afterAll, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "../../../images/backup/manifest.ts";
import type { Postgres } from "../../../images/backup/postgres.ts";
import type { RestoredDatabase } from "../../../images/backup/restoreDatabase.ts";
import type { Settings } from "../../../images/backup/settings.ts";
import { placesIn } from "./placesIn.ts";

let folder: string;
/** What the database that was made of the template says of its Realtime. */
let realtime: string;
/** What comes of the restore. */
let restored: () => Promise<RestoredDatabase>;
/** How often the template was dumped. */
let dumps: number;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "versions-"));
  jest.unstable_mockModule("../../../images/backup/places.ts", () => placesIn(folder));
  jest.unstable_mockModule("../../../images/backup/restoreDatabase.ts", () => ({ restoreDatabase: () => restored() }));
  jest.unstable_mockModule("../../../images/backup/dump.ts", () => ({ runPgDump: async (_: unknown, file: string) => (await import("node:fs")).writeFileSync(file, `dump ${++dumps}`) }));
  jest.unstable_mockModule("../../../images/backup/postgres.ts", () => ({
    asSuperuser: async () => {},
    libpqEnvironment: () => ({}),
    withClient: (_: unknown, use: (client: object) => unknown) => use({ query: async () => ({ rows: [{ image: realtime }], rowCount: 1 }) }),
  }));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  realtime = "supabase/realtime:v2";
  dumps = 0;
});

const HERE = { postgres: "supabase/postgres:17.6", realtime: "supabase/realtime:v2" };
const WAY = ', from which a restore takes what is not the project\'s. The way to its data: docs/backups.md, "A backup of other versions"';

const madeWith = async (made: Record<string, string>): Promise<string | undefined> => (await import("../../../images/backup/versions.ts")).madeWithOthers(made, HERE);

test.each<[string, Record<string, string>, string | undefined]>([
  ["the same", HERE, undefined],
  ["another of a service that owns its own tables", { ...HERE, auth: "supabase/gotrue:v1" }, undefined],
  ["of a version that did not note it", {}, undefined],
  ["another Realtime", { ...HERE, realtime: "supabase/realtime:v1" }, `It was made with supabase/realtime:v1, and this server has supabase/realtime:v2${WAY}`],
  ["another Postgres and Realtime", { postgres: "supabase/postgres:17.4", realtime: "a\nb" }, `It was made with supabase/postgres:17.4 and a\\u{a}b, and this server has supabase/postgres:17.6 and supabase/realtime:v2${WAY}`],
])("made with %s", async (_, made, said) => expect(await madeWith(made)).toBe(said));

const settings = { postgresImage: HERE.postgres, postgres: { superuser: {} } } as unknown as Settings;
async function comesTo(made: typeof HERE): Promise<unknown> {
  const { restoreMade } = await import("../../../images/backup/versions.ts");
  const { Lasting } = await import("../../../images/backup/stop.ts");
  const args = { manifest: { versions: { images: made } } as unknown as Manifest, settings, server: settings.postgres, database: "restoring" } as Parameters<typeof restoreMade>[0];
  return restoreMade(args).catch((error: Error) => [error instanceof Lasting, error.message]);
}
const OLD = { ...HERE, realtime: "supabase/realtime:v1" };

test.each<[string, () => Promise<RestoredDatabase>]>([
  ["is refused", async () => { throw new Error("The dump is refused"); }],
  ["is restored, and differs", async () => ({ faults: ["The dump is refused"] }) as RestoredDatabase],
])("one that %s says nothing of the backup, and why; nor is it tried again each hour", async (_, result) => {
  restored = result;
  expect(await comesTo(OLD)).toEqual([true, `The dump is refused. ${await madeWith(OLD)}`]);
  // With the same versions it is the backup that is broken.
  const same = await comesTo(HERE);
  expect(Array.isArray(same) ? same : (same as RestoredDatabase).faults).toEqual(Array.isArray(same) ? [false, "The dump is refused"] : ["The dump is refused"]);
});

test("one that fits all the same is restored", async () => {
  restored = async () => ({ faults: [] as string[] }) as RestoredDatabase;
  expect(await comesTo(OLD)).toEqual({ faults: [] });
});

test("the template is dumped as it is now, each time: an update of Realtime changes it in place", async () => {
  const { templateDump } = await import("../../../images/backup/template.ts");
  const dumped = async () => readFileSync(await templateDump({ superuser: {} } as Postgres), "utf8");
  expect([await dumped(), await dumped()]).toEqual(["dump 1", "dump 2"]);
});
