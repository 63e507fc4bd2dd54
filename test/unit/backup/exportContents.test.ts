import { describe, expect, test } from "@jest/globals";
import type { Archive, TocEntry } from "../../../images/backup/archive.ts";
import { entriesToExport, firstStartToClear } from "../../../images/backup/exportContents.ts";

let last = 0;
const entry = (text: string, owner: string, defn = text): TocEntry => {
  const [desc, namespace, tag] = text.split(" / ") as [string, string, string];
  return { dumpId: ++last, desc, namespace: namespace || undefined, tag, owner, defn, dropStmt: desc === "ACL" ? "" : `DROP ${desc} ${tag};` };
};
const archive = (...entries: TocEntry[]): Archive => ({ database: "x", serverVersion: "17.6", dumpVersion: "17.6", entries });

const FIRST_START = [
  entry("SCHEMA /  / auth", "supabase_admin"),
  entry("SCHEMA /  / realtime", "supabase_admin"),
  entry("ACL /  / SCHEMA realtime", "supabase_admin", "GRANT USAGE"),
  entry("ACL /  / SCHEMA auth", "supabase_admin", "GRANT USAGE"),
  entry("ACL /  / SCHEMA public", "pg_database_owner", "GRANT USAGE"),
  entry("TABLE / auth / users", "supabase_auth_admin"),
  entry("EXTENSION /  / pgcrypto", ""),
  entry("FUNCTION / extensions / grant_access()", "supabase_admin"),
  entry("PUBLICATION /  / supabase_realtime", "postgres"),
  entry("DEFAULT ACL / public / DEFAULT PRIVILEGES FOR TABLES", "postgres", "all"),
  entry("DEFAULT ACL / public / DEFAULT PRIVILEGES FOR TABLES", "supabase_admin", "all"),
];
const base = archive(...FIRST_START);
const project = (more: TocEntry[], without: (entry: TocEntry) => boolean = () => false) => archive(...FIRST_START.filter((each) => !without(each)), ...more);
const exported = (of: Archive): string[] => {
  const ids = entriesToExport({ project: of, base });
  return ids.map((id) => of.entries.find(({ dumpId }) => dumpId === id)!).map(({ desc, tag, owner }) => `${desc} ${tag} of ${owner}`);
};

describe("what of a project goes into upstream's database", () => {
  test("of the first start nothing but what the services change", () => {
    expect(exported(project([]))).toEqual(["TABLE users of supabase_auth_admin"]);
  });

  test("all that its logins own, with their data and grants", () => {
    const more = [entry("TABLE / public / notes", "postgres"), entry("TABLE DATA / public / notes", "postgres", ""), entry("ACL / public / TABLE notes", "postgres"), entry("CAST /  / CAST (a AS text)", "")];
    expect(exported(project(more)).slice(1)).toEqual(["TABLE notes of postgres", "TABLE DATA notes of postgres", "ACL TABLE notes of postgres", "CAST CAST (a AS text) of "]);
  });

  test("Realtime's own, which there is a superuser's, and what it published", () => {
    const more = [
      entry("TABLE / realtime / subscription", "supabase_admin"),
      entry("TABLE / realtime / messages", "supabase_realtime_admin"),
      entry("PUBLICATION /  / supabase_realtime_messages_publication", "supabase_admin"),
    ];
    expect(exported(project(more)).slice(1)).toEqual(["TABLE subscription of supabase_admin", "TABLE messages of supabase_realtime_admin", "PUBLICATION supabase_realtime_messages_publication of supabase_admin"]);
  });

  test("nothing else of a superuser's: neither a function that was changed, nor grants that this server's tenancy took away", () => {
    const changed = ["FUNCTION grant_access()", "ACL SCHEMA auth"];
    const more = [entry("FUNCTION / extensions / grant_access()", "supabase_admin", "other"), entry("ACL /  / SCHEMA auth", "supabase_admin", "other"), entry("ACL / extensions / FUNCTION pg_stat_statements()", "supabase_admin")];
    const without = ({ desc, tag }: TocEntry) => changed.includes(`${desc} ${tag}`);
    expect(exported(project(more, without))).toEqual(["TABLE users of supabase_auth_admin"]);
    expect(firstStartToClear({ project: project(more, without), base })).toEqual({ drops: [], privileges: [], schemas: [] });
  });

  test("grants on public and realtime as the project has them, from none", () => {
    const without = ({ desc, tag }: TocEntry) => desc === "ACL" && tag !== "SCHEMA auth";
    const more = [entry("ACL /  / SCHEMA public", "pg_database_owner", "GRANT ALL"), entry("ACL /  / SCHEMA realtime", "supabase_admin", "GRANT ALL")];
    expect(exported(project(more, without)).slice(1)).toEqual(["ACL SCHEMA public of pg_database_owner", "ACL SCHEMA realtime of supabase_admin"]);
    expect(firstStartToClear({ project: project(more, without), base }).schemas).toEqual(["realtime", "public"]);
  });

  test("what the owner says of schema public, where that is not what the first start says", () => {
    const comment = (text: string) => entry("COMMENT /  / SCHEMA public", "pg_database_owner", text);
    const exportedWith = (text: string) => entriesToExport({ project: project([comment(text)]), base: archive(...FIRST_START, comment("standard")) });
    expect([exportedWith("standard").length, exportedWith("mine").length]).toEqual([1, 2]);
  });

  test("default privileges that the owner has changed: those of the first start go", () => {
    const of = project([entry("DEFAULT ACL / public / DEFAULT PRIVILEGES FOR TABLES", "postgres", "less")], ({ desc, owner }) => desc === "DEFAULT ACL" && owner === "postgres");
    expect(exported(of)).toContain("DEFAULT ACL DEFAULT PRIVILEGES FOR TABLES of postgres");
    expect(firstStartToClear({ project: of, base }).privileges).toEqual([{ role: "postgres", schema: "public", objtype: "r" }]);
  });

  test("an extension that the first start has not", () => {
    expect(exported(project([entry("EXTENSION /  / citext", "")])).slice(1)).toEqual(["EXTENSION citext of "]);
  });
});
