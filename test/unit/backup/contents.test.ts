import { describe, expect, test } from "@jest/globals";
import type { Archive, TocEntry } from "../../../images/backup/archive.ts";
import { differences, entriesToRestore, firstDayToClear, foreignEntries, notRestored } from "../../../images/backup/contents.ts";

let last = 0;
const entry = (text: string, owner: string, defn = text): TocEntry => {
  const [desc, namespace, tag] = text.split(" / ") as [string, string, string];
  return { dumpId: ++last, desc, namespace: namespace || undefined, tag, owner, defn, dropStmt: "" };
};
const archive = (...entries: TocEntry[]): Archive => ({ database: "blog", serverVersion: "17.6", dumpVersion: "17.6", entries });
const roles: ReadonlySet<string> = new Set(["blog_owner", "blog_auth_admin", "blog_realtime"]);
const replicating: ReadonlySet<string> = new Set();

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
  const { others } = entriesToRestore({ project, base, roles, replicating });
  return others.map((id) => project.entries.find(({ dumpId }) => dumpId === id)!);
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

  test("a partition of the project's own is attached before its rows come, which may be by the table that it is a part of", () => {
    const more = ["TABLE / public / parts", "TABLE / public / one", "TABLE ATTACH / public / one", "TABLE DATA / public / one", "CONSTRAINT / public / one one_pkey"];
    expect(tags(restored(...more.map((text) => entry(text, "blog_owner")))).slice(2)).toEqual(["TABLE parts", "TABLE one", "TABLE ATTACH one", "TABLE DATA one", "CONSTRAINT one one_pkey"]);
  });

  test("a partition of a table that is there is attached when it has its keys", () => {
    const more = [
      entry("TABLE / realtime / messages_1", "blog_realtime"),
      entry("TABLE ATTACH / realtime / messages_1", "blog_realtime"),
      entry("CONSTRAINT / realtime / messages_1 messages_1_pkey", "blog_realtime"),
      entry("INDEX ATTACH / realtime / messages_1_pkey", "supabase_realtime_admin"),
    ];
    expect(tags(restored(...more)).slice(2)).toEqual(["TABLE messages_1", "CONSTRAINT messages_1 messages_1_pkey", "TABLE ATTACH messages_1", "INDEX ATTACH messages_1_pkey"]);
  });
});

describe("what is of a role that may replicate", () => {
  const split = (...more: TocEntry[]) => {
    const project = archive(...FIRST_DAY, ...more);
    const { replicating: first, others } = entriesToRestore({ project, base, roles, replicating: new Set(["blog_realtime"]) });
    const named = (ids: number[]) => tags(ids.map((id) => project.entries.find(({ dumpId }) => dumpId === id)!));
    return { first: named(first.get("blog_realtime")!), others: named(others) };
  };

  test("is made first; its data, its grants, and all that is anybody else's, after it", () => {
    const made = split(
      entry("TABLE / public / notes", "blog_owner"),
      entry("TABLE / realtime / messages_1", "blog_realtime"),
      entry("ACL / realtime / TABLE messages_1", "blog_realtime"),
      entry("TABLE DATA / realtime / messages_1", "blog_realtime"),
      entry("TABLE ATTACH / realtime / messages_1", "blog_realtime"),
      entry("CONSTRAINT / realtime / messages_1 messages_1_pkey", "blog_realtime"),
    );
    expect(made.first).toEqual(["TABLE messages_1", "CONSTRAINT messages_1 messages_1_pkey", "TABLE ATTACH messages_1"]);
    expect(made.others).toEqual(["TABLE users", "TABLE DATA schema_migrations", "TABLE notes", "ACL TABLE messages_1", "TABLE DATA messages_1"]);
  });
});

describe("what a dump is refused for", () => {
  const foreign = (...more: TocEntry[]) => foreignEntries({ project: archive(...FIRST_DAY, ...more), base, roles, replicating }).map(({ tag }) => tag);

  test("nothing, where all that is not the project's is as on the first day", () => {
    const more = [entry("TABLE / public / notes", "blog_owner"), entry("EXTENSION /  / citext", ""), entry("ACL /  / SCHEMA public", "pg_database_owner")];
    expect(foreign(...more)).toEqual([]);
  });

  test("not for rows of Vault, which come another way, nor of an extension's table, which are compared; but for rows of any other table of a superuser's", () => {
    expect(foreign(entry("TABLE DATA / vault / secrets", "supabase_admin"))).toEqual([]);
    expect(foreign(entry("TABLE DATA / public / spatial_ref_sys", "supabase_admin"))).toEqual([]);
    expect(tags(restored(entry("TABLE DATA / public / spatial_ref_sys", "supabase_admin")))).not.toContain("TABLE DATA spatial_ref_sys");
    expect(foreign(entry("TABLE / vault / secrets", "supabase_admin"), entry("TABLE DATA / vault / secrets", "supabase_admin"))).toEqual(["secrets"]);
    expect(foreign(entry("TABLE / public / job", "supabase_admin"), entry("TABLE DATA / public / job", "supabase_admin"))).toEqual(["job", "job"]);
  });

  test.each(["supabase_admin", "postgres", "docs_owner", "anon", ""])("a function of %j", (owner) => {
    expect(foreign(entry("FUNCTION / public / f()", owner))).toEqual(["f()"]);
  });

  test("a superuser's object that is another than on the first day", () => {
    const changed = { ...FIRST_DAY[1]!, defn: "CREATE FUNCTION vault.create_secret() …" };
    expect(foreignEntries({ project: archive(changed), base, roles, replicating })).toEqual([changed]);
  });
});

test("rows that nobody restores: in a table of an extension's that a superuser owns", () => {
  const own = [entry("TABLE / public / notes", "blog_owner"), entry("TABLE DATA / public / notes", "blog_owner"), entry("TABLE DATA / mine / settings", "blog_owner")];
  const project = archive(...FIRST_DAY, ...own, entry("TABLE DATA / queues / the meta", "supabase_admin"));
  expect([...notRestored(project, roles)]).toEqual(["queues.the meta"]);
  // It is no reason to refuse the dump.
  expect(foreignEntries({ project, base, roles, replicating })).toEqual([]);
});

describe("what of the first day is cleared", () => {
  const day = archive(entry("ACL /  / SCHEMA public", "pg_database_owner"), entry("ACL /  / SCHEMA vault", "supabase_admin"), entry("ACL /  / SCHEMA auth", "blog_auth_admin"));
  const changed = archive(...day.entries.map((each) => ({ ...each, defn: "GRANT …" })));

  test("grants of schemas that the dump brings; not of a superuser's, which are as the image has them", () => {
    expect(firstDayToClear({ project: day, base: day, roles, replicating }).schemas).toEqual([]);
    expect(firstDayToClear({ project: changed, base: day, roles, replicating }).schemas).toEqual(["public", "auth"]);
  });
});

test("differences say what is missing, too much and different; none where all is the same", () => {
  const [table, grant] = [entry("TABLE / public / notes", "blog_owner"), entry("ACL / public / TABLE notes", "blog_owner")];
  expect(differences(archive(table, grant), archive({ ...grant, dumpId: 9 }, table))).toEqual([]);
  expect(differences(archive(table, grant), archive({ ...grant, defn: "GRANT ALL" }, entry("TABLE / public / a\nb", "blog_owner")))).toEqual([
    'missing: "TABLE public notes" of "blog_owner"',
    'too much: "TABLE public a\\u{a}b" of "blog_owner"',
    'different: "ACL public TABLE notes" of "blog_owner"',
  ]);
});

test("which image made Realtime's tables is said of the template's, and so is no difference of an older backup; another comment is", () => {
  const [made, now] = ["made by v1", "made by v2"].map((text) => entry("COMMENT /  / SCHEMA realtime", "supabase_admin", text)) as [TocEntry, TocEntry];
  expect(differences(archive(made), archive(now))).toEqual([]);
  const [one, other] = ["a", "b"].map((text) => entry("COMMENT /  / SCHEMA mine", "blog_owner", text)) as [TocEntry, TocEntry];
  expect(differences(archive(one), archive(other))).toEqual(['different: "COMMENT SCHEMA mine" of "blog_owner"']);
});

test("two policies whose tags are the same are two", () => {
  const policy = (table: string, name: string): TocEntry => ({
    ...entry(`POLICY / public / ${table} ${name}`, "blog_owner", `CREATE POLICY "${name}" ON public."${table}"`),
    dropStmt: `DROP POLICY "${name}" ON public."${table}";`,
  });
  const both = [policy("a", "b c"), policy("a b", "c")];
  expect(differences(archive(...both), archive(...both))).toEqual([]);
  expect(differences(archive(...both), archive(both[1]!))).toEqual(['missing: "POLICY public a b c" of "blog_owner"']);
});
