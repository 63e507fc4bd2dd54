import { describe, expect, test } from "@jest/globals";
import type { Archive, TocEntry } from "../../../images/backup/archive.ts";
import { differences, entriesToRestore, foreignEntries } from "../../../images/backup/contents.ts";

let last = 0;
const entry = (text: string, owner: string, defn = text): TocEntry => {
  const [desc, namespace, tag] = text.split(" / ") as [string, string, string];
  return { dumpId: ++last, desc, namespace: namespace || undefined, tag, owner, defn, dropStmt: "" };
};
const archive = (...entries: TocEntry[]): Archive => ({ database: "blog", serverVersion: "17.6", dumpVersion: "17.6", entries });
const roles: ReadonlySet<string> = new Set(["blog_owner", "blog_auth_admin", "blog_realtime"]);

const FIRST_DAY = [
  entry("SCHEMA /  / auth", "blog_auth_admin"),
  entry("FUNCTION / vault / create_secret()", "supabase_admin"),
  entry("TABLE / auth / users", "blog_auth_admin"),
  entry("TABLE / realtime / schema_migrations", "blog_realtime"),
  entry("TABLE DATA / realtime / schema_migrations", "blog_realtime", ""),
];
const base = archive(...FIRST_DAY);
const restored = (...more: TocEntry[]): TocEntry[] => {
  const project = archive(...FIRST_DAY, ...more);
  const ids = entriesToRestore({ project, base, roles });
  return ids.map((id) => project.entries.find(({ dumpId }) => dumpId === id)!);
};
const tags = (entries: TocEntry[]) => entries.map(({ desc, tag }) => `${desc} ${tag}`);

describe("what is restored", () => {
  test("of the first day: the services' objects, and all data; nothing of a superuser's", () => {
    expect(tags(restored())).toEqual(["TABLE users", "TABLE DATA schema_migrations"]);
  });

  test("of the project: everything", () => {
    const more = [entry("TABLE / public / notes", "blog_owner"), entry("ACL / public / TABLE notes", "blog_owner"), entry("POLICY / auth / users mine", "blog_auth_admin")];
    expect(tags(restored(...more)).slice(2)).toEqual(["TABLE notes", "ACL TABLE notes", "POLICY users mine"]);
  });

  test("an extension is created, and what it grants follows by itself", () => {
    expect(tags(restored(entry("EXTENSION /  / citext", ""), entry("ACL / public / FUNCTION citextin(cstring)", "supabase_admin"))).slice(-1)).toEqual(["EXTENSION citext"]);
  });

  test("a partition is attached when it has its keys", () => {
    const more = [
      entry("TABLE / realtime / messages_1", "blog_realtime"),
      entry("TABLE ATTACH / realtime / messages_1", "blog_realtime"),
      entry("CONSTRAINT / realtime / messages_1 messages_1_pkey", "blog_realtime"),
      entry("INDEX ATTACH / realtime / messages_1_pkey", "supabase_realtime_admin"),
    ];
    expect(tags(restored(...more)).slice(2)).toEqual(["TABLE messages_1", "CONSTRAINT messages_1 messages_1_pkey", "TABLE ATTACH messages_1", "INDEX ATTACH messages_1_pkey"]);
  });
});

describe("what a dump is refused for", () => {
  const foreign = (...more: TocEntry[]) => foreignEntries({ project: archive(...FIRST_DAY, ...more), base, roles }).map(({ tag }) => tag);

  test("nothing, where all that is not the project's is as on the first day", () => {
    expect(foreign(entry("TABLE / public / notes", "blog_owner"), entry("EXTENSION /  / citext", ""))).toEqual([]);
  });

  test("not for the rows of Vault, which come another way; but for rows of any other table of a superuser's", () => {
    expect(foreign(entry("TABLE DATA / vault / secrets", "supabase_admin"))).toEqual([]);
    expect(foreign(entry("TABLE / vault / secrets", "supabase_admin"), entry("TABLE DATA / cron / job", "supabase_admin"))).toEqual(["secrets", "job"]);
  });

  test.each(["supabase_admin", "postgres", "docs_owner", "anon", ""])("a function of %j", (owner) => {
    expect(foreign(entry("FUNCTION / public / f()", owner))).toEqual(["f()"]);
  });

  test("a superuser's object that is another than on the first day", () => {
    const changed = { ...FIRST_DAY[1]!, defn: "CREATE FUNCTION vault.create_secret() …" };
    expect(foreignEntries({ project: archive(changed), base, roles })).toEqual([changed]);
  });
});

test("differences say what is missing, too much and different; none where all is the same", () => {
  const [table, grant] = [entry("TABLE / public / notes", "blog_owner"), entry("ACL / public / TABLE notes", "blog_owner")];
  expect(differences(archive(table, grant), archive({ ...grant, dumpId: 9 }, table))).toEqual([]);
  expect(differences(archive(table, grant), archive({ ...grant, defn: "GRANT ALL" }, entry("TABLE / public / a\nb", "blog_owner")))).toEqual([
    'missing: "TABLE public notes" of "blog_owner"',
    'too much: "TABLE public a\\nb" of "blog_owner"',
    'different: "ACL public TABLE notes" of "blog_owner"',
  ]);
});
