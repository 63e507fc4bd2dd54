// SQL of a project, in its own database, that reaches for what is another project's or the server's.
import { slotOf, type Tenant } from "../tenant.ts";

type Statements = string | string[];

export interface SqlDoor {
  title: string;
  /** What the owner of the database may do of it; it shows the marker, or `showsNoMarker`. */
  control(owner: Tenant): string[];
  attacks(victim: Tenant, attacker: Tenant): Statements[];
  showsNoMarker?: boolean;
  isClosed?: boolean;
  /** It may run, and show nothing. */
  mayBeEmpty?: boolean;
  /** Who tries it. @default each login */
  logins?: string[];
}

const READ = "select body from public.markers";
const ADMINS = ["supabase_admin", "postgres", "dashboard_user", "supabase_read_only_user", "supabase_replication_admin", "pg_read_all_data"];
const FILES = ["/etc/passwd", "/etc/postgresql-custom/pgsodium_root.key", "PG_VERSION", "global/pg_authid"];

const connection = ({ database, roles, passwords }: Tenant, host: string): string =>
  `host=${host} port=5432 dbname=${database} user=${roles.owner} password=${passwords.owner} connect_timeout=2`;

/** In a transaction that the next group of its kind ends: these come last. */
const foreignTable = (database: string, { roles, passwords }: Tenant, host: string, more = ""): string[] => [
  "rollback",
  "begin",
  `create server elsewhere foreign data wrapper postgres_fdw options (host '${host}', dbname '${database}')`,
  `create user mapping for current_user server elsewhere options (user '${roles.owner}', password '${passwords.owner}'${more})`,
  "create foreign table elsewhere (body text) server elsewhere options (schema_name 'public', table_name 'markers')",
  "select body from elsewhere",
];

export const SQL_DOORS: SqlDoor[] = [
  {
    title: "SQL: `SET ROLE`, `SET SESSION AUTHORIZATION`",
    control: ({ roles }) => [`set role ${roles.storageAdmin}`, `set role ${roles.authAdmin}`, "reset role", READ],
    attacks: ({ roles }) => [
      ...[...Object.values(roles), ...ADMINS].map((role) => `set role ${role}`),
      `set session authorization ${roles.owner}`,
      "set session authorization supabase_admin",
    ],
  },
  {
    title: "SQL: make oneself a member, or more",
    control: () => ["set role anon", "reset role", READ],
    attacks: ({ roles }, attacker) => [
      ...[...Object.values(roles), "supabase_admin", "service_role", "pg_read_server_files"].map((role) => `grant ${role} to ${attacker.roles.owner}`),
      ...["superuser", "createrole", "createdb", "bypassrls"].map((power) => `alter role current_user ${power}`),
      "create role more login superuser",
      "create role more login",
    ],
  },
  {
    title: "SQL: password hashes",
    showsNoMarker: true,
    control: () => ["select rolname, rolpassword from pg_roles"],
    attacks: () => [
      "select rolname, rolpassword from pg_authid",
      "select usename, passwd from pg_shadow",
      "select umoptions from pg_user_mapping",
      "select * from pgbouncer.get_auth('supabase_admin')",
    ],
  },
  {
    title: "SQL: settings of the server and of superusers",
    showsNoMarker: true,
    control: () => ["show work_mem", "set work_mem = '8MB'"],
    attacks: () => [
      "show data_directory",
      "show hba_file",
      "select * from pg_hba_file_rules",
      "select * from pg_file_settings",
      "set session_preload_libraries = 'x'",
      "set session_replication_role = replica",
      "select set_config('log_min_error_statement', 'debug5', false)",
      "alter system set work_mem = '64MB'",
      "select pg_reload_conf()",
      "select pg_rotate_logfile()",
    ],
  },
  {
    title: "SQL: tables of another database, by name",
    control: ({ database }) => [`select body from ${database}.public.markers`],
    attacks: ({ database }) => [`select body from ${database}.public.markers`, `insert into ${database}.public.markers values ('x')`],
  },
  {
    title: "SQL: `ALTER ROLE` of another's",
    showsNoMarker: true,
    control: ({ roles }) => [`alter role ${roles.owner} set application_name = 'x'`, `alter role ${roles.owner} reset application_name`],
    attacks: ({ roles, database }) =>
      [roles.owner, roles.authenticator, "supabase_admin"].flatMap((role) => [
        `alter role ${role} password 'x'`,
        `alter role ${role} nologin`,
        `alter role ${role} set statement_timeout = 1`,
        `alter role ${role} in database ${database} set search_path = x`,
        `alter role ${role} rename to other`,
        `drop role ${role}`,
        `reassign owned by ${role} to current_user`,
        `drop owned by ${role}`,
        `alter default privileges for role ${role} grant all on tables to public`,
      ]),
  },
  {
    title: "SQL: `ALTER DATABASE` and `GRANT` of another's",
    showsNoMarker: true,
    control: ({ database }) => [`alter database ${database} set application_name = 'x'`, `alter database ${database} reset application_name`],
    attacks: ({ database }, { roles }) =>
      [database, "postgres", "supabase_template"].flatMap((each) => [
        `alter database ${each} set search_path = x`,
        `alter database ${each} owner to ${roles.owner}`,
        `alter database ${each} rename to other`,
        `alter database ${each} connection limit 0`,
        `comment on database ${each} is 'x'`,
        `drop database ${each}`,
      ]).concat(`create database other template ${database}`, "create tablespace other location '/tmp'"),
  },
  {
    title: "SQL: files and programs of the server",
    isClosed: true,
    control: () => ["select pg_read_file('/etc/passwd')"],
    attacks: () => [
      ...FILES.flatMap((file) => [`select pg_read_file('${file}')`, `select pg_read_binary_file('${file}')`, `select lo_import('${file}')`]),
      "select pg_ls_dir('.')",
      "select * from pg_ls_logdir()",
      "select * from pg_ls_waldir()",
      "select pg_stat_file('PG_VERSION')",
      "select lo_export(0, '/tmp/x')",
      ["create temporary table if not exists out_of (line text)", "copy out_of from '/etc/passwd'"],
      ["create temporary table if not exists out_of (line text)", "copy out_of from program 'id'"],
      "copy (select 1) to program 'cat'",
      "copy (select 1) to '/tmp/x'",
      "load '/tmp/x.so'",
    ],
  },
  {
    title: "SQL: languages and extensions that are out of bounds",
    isClosed: true,
    control: () => ["create extension file_fdw"],
    attacks: () => [
      "create extension file_fdw",
      "create extension adminpack",
      "create language plpython3u",
      "create function system(cstring) returns int language c as '/lib/x86_64-linux-gnu/libc.so.6', 'system'",
      "create function internal(text) returns text language internal as 'pg_read_file_all'",
      "create cast (text as int) without function",
      "create access method x type index handler bthandler",
    ],
  },
  {
    title: "SQL: event triggers, and triggers that others' statements start",
    showsNoMarker: true,
    logins: ["owner"],
    control: () => [
      "create or replace function public.on_write() returns trigger language plpgsql as 'begin return new; end'",
      "create or replace trigger on_write before insert on public.markers for each row execute function public.on_write()",
      "drop trigger on_write on public.markers",
    ],
    attacks: () => [
      ["create or replace function pg_temp.ddl() returns event_trigger language plpgsql as 'begin end'", "create event trigger x on ddl_command_end execute function pg_temp.ddl()"],
      "alter event trigger pgrst_ddl_watch disable",
      "drop event trigger pgrst_ddl_watch",
    ],
  },
  {
    title: "SQL: functions of the image that run as a superuser",
    showsNoMarker: true,
    control: () => ["select auth.role()"],
    // Each that is there, whoever made it; none may be an administrator's and open to a project. Vault's own are, upstream too (0.3.1's
    // create_secret and update_secret are SECURITY DEFINER); what they make possible is an action of leaks.ts.
    attacks: () => [
      `do $$
        declare names text;
        begin
          select string_agg(p.oid::regprocedure::text, ', ') into names
            from pg_proc p join pg_roles r on r.oid = p.proowner
            where p.prosecdef and (r.rolsuper or r.rolcreaterole) and has_function_privilege(p.oid, 'execute')
              and has_schema_privilege(p.pronamespace, 'usage') and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
              and not exists (
                select from pg_depend d join pg_extension e on e.oid = d.refobjid
                where d.objid = p.oid and d.deptype = 'e' and e.extname = 'supabase_vault'
              );
          if names is null then raise insufficient_privilege using message = 'none'; end if;
          raise 'open: %', names;
        end $$`,
    ],
  },
  {
    title: "SQL: read another's changes by replication",
    showsNoMarker: true,
    // The owner is no replication role: its own changes are Realtime's to read.
    isClosed: true,
    control: () => ["select pg_create_logical_replication_slot('of_the_owner', 'pgoutput')"],
    attacks: (victim) =>
      [slotOf(victim), "supabase_realtime_messages_replication_slot__plane"].flatMap((slot) => [
        `select * from pg_logical_slot_peek_binary_changes('${slot}', null, 1, 'proto_version', '1', 'publication_names', 'supabase_realtime')`,
        `select * from pg_logical_slot_get_binary_changes('${slot}', null, 1, 'proto_version', '1', 'publication_names', 'supabase_realtime')`,
      ]).concat(`create subscription x connection '${connection(victim, "database")}' publication supabase_realtime`, "select pg_create_restore_point('x')"),
  },
  {
    title: "SQL: `dblink` and `postgres_fdw` to another database",
    logins: ["owner"],
    control: (owner) => [
      `select * from extensions.dblink('${connection(owner, "database")}', '${READ}') as t(body text)`,
      ...foreignTable(owner.database, owner, "database"),
      "rollback",
    ],
    attacks: ({ database, roles }, attacker) => {
      const user = `user=${attacker.roles.owner} password=${attacker.passwords.owner}`;
      const hosts = ["host=127.0.0.1", "host=/var/run/postgresql", "host=database", "hostaddr=127.0.0.1", ""];
      return [
        ...hosts.map((host) => `select * from extensions.dblink('${host} dbname=${database} ${user}', '${READ}') as t(body text)`),
        ...["supabase_admin", "postgres", roles.owner].flatMap((name) => [
          `select * from extensions.dblink('dbname=${database} user=${name}', '${READ}') as t(body text)`,
          `select * from extensions.dblink('host=127.0.0.1 dbname=${database} user=${name} password=x', '${READ}') as t(body text)`,
        ]),
        "select extensions.dblink_connect_u('dbname=postgres user=supabase_admin')",
        ...["database", "127.0.0.1", "/var/run/postgresql"].flatMap((host) => [
          foreignTable(database, attacker, host),
          foreignTable(database, attacker, host, ", password_required 'false'"),
        ]),
      ];
    },
  },
];
