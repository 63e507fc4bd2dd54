// What can be done to a dump, and what must come of it: an exact restore, or a refusal that says what it is about.
import { type DumpEntry, type DumpFile, OFFSET, parseDump, renderDump } from "./dumpFile.ts";

export interface HostileCase {
  title: string;
  /** The dump file that is tried. @default as it was taken */
  dump?: (taken: Buffer) => Buffer;
  /** What is tried beside it, in the place of what was taken. */
  extras?: object;
  /** What the refusal says, or one of the differences. @default it is exact */
  says?: RegExp;
}

const edited = (edit: (dump: DumpFile) => void) => (taken: Buffer): Buffer => {
  const dump = parseDump(taken);
  edit(dump);
  return renderDump(dump);
};

function find({ entries }: DumpFile, desc: string, tag: string): DumpEntry {
  const found = entries.find((entry) => entry.desc === desc && entry.tag === tag);
  if (found === undefined) throw new Error(`the dump has no ${desc} ${tag}: ${entries.filter((entry) => entry.desc === desc).map((entry) => entry.tag).join(", ")}`);
  return found;
}

/** Changes one entry. */
const changed = (desc: string, tag: string, change: Partial<DumpEntry>) => edited((dump) => Object.assign(find(dump, desc, tag), change));

/** Puts entries in, right behind the project's first table; each that says nothing else is a table of the owner's. */
const added = (...entries: Partial<DumpEntry>[]) =>
  edited((dump) => {
    const table = find(dump, "TABLE", "notes");
    const last = Math.max(...dump.entries.map(({ dumpId }) => dumpId));
    const made = entries.map((entry, index) => ({ ...table, dumpId: last + 1 + index, tag: `added ${index}`, dependencies: [], offset: OFFSET.noData, ...entry }));
    dump.entries.splice(dump.entries.indexOf(table) + 1, 0, ...made);
  });

/** An entry that runs a statement, of a kind that pg_restore gives no owner afterwards. */
const running = (defn: string): Partial<DumpEntry> => ({ desc: "RULE", defn });

/** Each of them must be refused, for want of a right; or this says which were not. */
const attempts = (statements: string[]): string => `
do $attempts$
declare
  statement text;
  allowed text := '';
begin
  foreach statement in array array[${statements.map((statement) => `$try$${statement}$try$`).join(", ")}] loop
    begin
      execute statement;
      allowed := allowed || ' [' || statement || ']';
    exception
      when insufficient_privilege then null;
      when others then allowed := allowed || ' [' || statement || ': ' || sqlerrm || ']';
    end;
  end loop;
  raise exception 'not refused for want of a right:%', coalesce(nullif(allowed, ''), ' none');
end
$attempts$;`;

/** What a role of one project's may not. `shop` is another project. */
const OUTSIDE = [
  ...["superuser", "createrole", "createdb", "bypassrls", "replication"].map((right) => `alter role blog_owner ${right}`),
  "create role canary",
  "drop role shop_owner",
  "alter role shop_owner password 'canary'",
  "alter role shop_owner set search_path = canary",
  "alter role supabase_admin in database supabase_restore_blog set search_path = public",
  "alter role supabase_backup set role = blog_owner",
  ...["supabase_admin", "shop_owner", "pg_read_server_files", "pg_execute_server_program"].map((role) => `grant ${role} to blog_owner`),
  "grant blog_realtime to blog_owner",
  ...["supabase_admin", "postgres", "shop_owner", "blog_realtime", "supabase_backup"].map((role) => `set role ${role}`),
  "set session authorization blog_owner",
  "select pg_drop_replication_slot('shop_slot')",
  "select pg_replication_slot_advance('shop_slot', pg_current_wal_lsn())",
  "select pg_create_physical_replication_slot('canary')",
  "select pg_create_logical_replication_slot('canary', 'pgoutput')",
  "alter database shop set search_path = canary",
  "alter database shop rename to canary",
  "alter database postgres owner to blog_owner",
  "alter database supabase_template is_template false",
  "comment on database shop is 'canary'",
  "reassign owned by shop_owner to blog_owner",
  "alter default privileges for role shop_owner grant all on tables to blog_owner",
  "copy (select 1) to program 'touch /tmp/canary-program'",
  "copy (select 1) to '/tmp/canary-file'",
  "copy public.notes (body) from '/etc/passwd'",
  "select lo_export(4711, '/tmp/canary-large')",
  "select lo_import('/etc/passwd')",
  "select pg_read_file('/etc/postgresql-custom/pgsodium_root.key')",
  "select pg_ls_dir('.')",
  "select rolpassword from pg_authid",
  "select pg_reload_conf()",
  "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'supabase_admin' and pid <> pg_backend_pid()",
  "set session_preload_libraries = 'canary'",
  "set session_replication_role = replica",
  ...["file_fdw", "dblink", "postgres_fdw", "http", "pageinspect"].map((extension) => `create extension ${extension} schema extensions`),
  "create function public.canary() returns int language c as '/tmp/canary', 'canary'",
  "create function public.canary() returns int language internal as 'pg_stop_backup'",
  "create event trigger canary on ddl_command_end execute function extensions.pgrst_ddl_watch()",
  "create subscription canary connection 'host=203.0.113.1 dbname=x' publication x with (connect = false)",
  "create publication canary for all tables",
  "create cast (text as int) without function",
  "insert into vault.secrets (secret) values ('canary')",
  "select vault._crypto_aead_det_encrypt('a', 'a', 0)",
  "create trigger canary before insert on vault.secrets for each row execute function public.on_row()",
  "alter function extensions.pgrst_ddl_watch() owner to blog_owner",
  "alter function public.on_row() owner to supabase_admin",
  "alter table public.notes owner to shop_owner",
  "drop event trigger pgrst_ddl_watch",
];

const REFUSED = /The dump is refused: it holds what is neither the project's nor the image's/;
const NAMES = ["$(touch /tmp/canary-name)", "`touch /tmp/canary-name`", "'; drop role shop_owner; --", "a\n\\! touch /tmp/canary-name\n", '"; drop role shop_owner; --'];

/** Bytes of the list: what stands behind it is data. */
const listEnd = (taken: Buffer): number => taken.length - parseDump(taken).data.length;

export const HOSTILE: HostileCase[] = [
  { title: "written anew, and nothing changed", dump: edited(() => {}) },

  { title: "a function becomes a superuser's", dump: changed("FUNCTION", "on_row()", { owner: "supabase_admin" }), says: /refused: .*"FUNCTION public on_row\(\)" of "supabase_admin"/ },
  { title: "a table becomes another project's", dump: changed("TABLE", "notes", { owner: "shop_owner" }), says: /refused: .*"TABLE public notes" of "shop_owner"/ },
  { title: "a function of the image's does something else", dump: changed("FUNCTION", "pgrst_ddl_watch()", { defn: "drop role shop_owner" }), says: REFUSED },

  { title: "an entry's SQL tries what is outside of the project", dump: added(running(attempts(OUTSIDE))), says: /not refused for want of a right: none/ },
  { title: "a function is made for its owner and then a superuser's", dump: added(running("create function public.f() returns int language sql security definer as 'select 1'; alter function public.f() owner to supabase_admin")), says: /must be able to SET ROLE "supabase_admin"/ },
  { title: "an entry ends the transaction, and the next sets the server", dump: added(running("commit"), running("alter system set work_mem = '1MB'")), says: /permission denied to set parameter|must be superuser/ },
  { title: "an entry ends the transaction, and the next drops another's database", dump: added(running("commit"), running("drop database shop")), says: /must be owner of database shop|database "shop" does not exist/ },
  { title: "an entry is for psql", dump: added(running("\\! touch /tmp/canary-psql")), says: /syntax error at or near "\\"/ },
  { title: "data comes from a program", dump: changed("TABLE DATA", "notes", { copyStmt: "COPY public.notes (id, body) FROM PROGRAM 'touch /tmp/canary-copy';\n" }), says: /permission denied to COPY .* external program/ },
  { title: "an extension that reads files", dump: added({ desc: "EXTENSION", tag: "file_fdw", owner: "", namespace: undefined, defn: "create extension file_fdw schema extensions" }), says: /permission denied to create extension "file_fdw"/ },
  { title: "a subscription, which would connect to somewhere", dump: added({ desc: "SUBSCRIPTION", namespace: undefined, defn: "create subscription s connection 'host=203.0.113.1' publication p with (connect = false)" }), says: /permission denied to create subscription/ },
  { title: "grants of a superuser's are not run", dump: added({ desc: "ACL", tag: "SCHEMA extensions", namespace: undefined, owner: "supabase_admin", defn: "grant supabase_admin to blog_owner" }), says: /missing: "ACL SCHEMA extensions" of "supabase_admin"/ },
  { title: "what takes an object away is another statement", dump: edited(({ entries }) => entries.forEach((entry) => (entry.dropStmt = "DROP ROLE shop_owner;"))), says: REFUSED },
  { title: "names that are commands", dump: added(...NAMES.map((name) => ({ tag: name, namespace: name, defn: "select 1", owner: "blog_owner" }))), says: /does not exist/ },
  { title: "owners that are commands", dump: added(...NAMES.map((owner) => ({ owner }))), says: REFUSED },
  { title: "two entries of one number", dump: edited((dump) => (find(dump, "TABLE", "notes").dumpId = find(dump, "TABLE", "traps").dumpId)), says: /./ },
  { title: "an entry of a number without end", dump: edited((dump) => (find(dump, "TABLE", "words").dumpId = 2_147_483_647)), says: /./ },

  { title: "nothing is left of it", dump: () => Buffer.alloc(0), says: /no dump in pg_dump's custom format|ends within its list/ },
  { title: "its list is empty", dump: edited((dump) => (dump.entries = [])), says: /./ },
  { title: "its list is without data", dump: edited((dump) => (dump.entries = dump.entries.filter(({ desc }) => desc !== "TABLE DATA"))), says: /table public\.notes has 0 rows, not 200/ },
  { title: "it ends within its list", dump: (taken) => taken.subarray(0, Math.floor(listEnd(taken) / 2)), says: /ends within its list/ },
  { title: "it ends with its list", dump: (taken) => taken.subarray(0, listEnd(taken)), says: /pg_restore: error/ },
  { title: "it ends within its data", dump: (taken) => taken.subarray(0, taken.indexOf("note number 150")), says: /pg_restore: error/ },
  { title: "one byte of its data is another", dump: (taken) => flipped(taken, taken.indexOf("note number 150")), says: /table public\.notes has other rows/ },

  {
    title: "settings that are not the project's to set",
    extras: {
      settings: [
        { role: "shop_owner", inDatabase: false, name: "search_path", value: "canary" },
        { role: "supabase_admin", inDatabase: true, name: "search_path", value: "public" },
        { inDatabase: true, name: "session_preload_libraries", value: "canary" },
      ],
    },
    says: /refused: it sets what is not the project's to set: search_path of shop_owner, search_path of supabase_admin in the database, session_preload_libraries of all/,
  },
  { title: "a setting that is a statement", extras: { settings: [{ inDatabase: true, name: 'a"; drop role shop_owner; --', value: "'; drop role shop_owner; --" }] }, says: /unrecognized configuration parameter/ },
  { title: "a grant that is none of the project's", extras: { grants: [{ kind: "schema", object: "vault", grantor: "supabase_admin", grantee: "anon", privilege: "USAGE", grantable: false }] }, says: /refused: it holds a grant that is none of the project's/ },
  { title: "a grant that is a statement", extras: { grants: [{ kind: "schema", object: "vault; drop role shop_owner", grantor: "blog_owner", grantee: "anon", privilege: "USAGE", grantable: false }] }, says: /invalid name syntax|does not exist/ },
  { title: "a secret of Vault's that is a statement", extras: { vault: [{ id: "'; drop role shop_owner; --", name: "x", description: "", secret: "x", created_at: "now", updated_at: "now" }] }, says: /invalid input syntax for type uuid/ },
];

/** For the server in use, which has what the scratch one has not: another project's replication slot. */
export const REACHING: HostileCase[] = HOSTILE.filter(({ title }) => title === "an entry's SQL tries what is outside of the project");

function flipped(taken: Buffer, at: number): Buffer {
  const bytes = Buffer.from(taken);
  bytes[at]! ^= 1;
  return bytes;
}
