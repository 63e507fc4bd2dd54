-- Runs as superuser in a copy of the template that the tenancy has made a project's, before anything of a dump is in it. Takes away what the dump
-- brings: of `auth` and `storage` the tables and functions of the project's roles, which services change from version to version; of their other
-- tables the rows. The schemas themselves stay: their default privileges are a superuser's, whom a restore is not.
-- Settings: indie_ventures.roles, names between commas; indie_ventures.privileges, JSON: the default privileges that are to be none;
-- indie_ventures.schemas, JSON: the schemas whose grants are to be as Postgres makes them, which for `public` is that all may use it.
do $clear$
declare
  statement text;
  roles text[] := string_to_array(current_setting('indie_ventures.roles'), ',');
begin
  for statement in
    select format('drop %s %s cascade', case prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end, p.oid::regprocedure)
      from pg_proc p where pronamespace in ('auth'::regnamespace, 'storage'::regnamespace) and proowner::regrole::text = any (roles)
    union all
    select format('drop table if exists %s cascade', c.oid::regclass)
      from pg_class c where relnamespace in ('auth'::regnamespace, 'storage'::regnamespace) and relkind in ('r', 'p') and relowner::regrole::text = any (roles)
    union all
    select format('drop type if exists %s cascade', t.oid::regtype)
      from pg_type t where typnamespace in ('auth'::regnamespace, 'storage'::regnamespace) and typtype in ('e', 'd') and typowner::regrole::text = any (roles)
    union all
    select format('truncate %s cascade', c.oid::regclass)
      from pg_class c where relnamespace not in ('auth'::regnamespace, 'storage'::regnamespace) and relkind in ('r', 'p') and relowner::regrole::text = any (roles)
    union all
    select format('alter default privileges for role %I in schema %I revoke all on %s from %s', r.rolname, nspname,
        case defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' else 'schemas' end,
        case grantee when 0 then 'public' else grantee::regrole::text end)
      from pg_default_acl
        join pg_roles r on r.oid = defaclrole
        join pg_namespace n on n.oid = defaclnamespace
        join jsonb_to_recordset(current_setting('indie_ventures.privileges')::jsonb) as p (role text, schema text, objtype text)
          on p.role = r.rolname and p.schema = nspname and p.objtype = defaclobjtype::text,
        aclexplode(defaclacl)
    union all
    select format('revoke all on schema %I from %s cascade', nspname, case grantee when 0 then 'public' else grantee::regrole::text end)
      from pg_namespace join jsonb_array_elements_text(current_setting('indie_ventures.schemas')::jsonb) as schema on schema = quote_ident(nspname), aclexplode(nspacl)
      where grantee <> nspowner
    union all
    select 'grant usage on schema public to public' where current_setting('indie_ventures.schemas')::jsonb ? 'public'
  loop
    execute statement;
  end loop;
end
$clear$;
