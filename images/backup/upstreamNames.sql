-- Runs as superuser on the scratch server, in a restored project's database, after each of the project's logins has got the name of the image's
-- login that it stands for, and that one another name. What the image's had becomes the project's, so that a dump of it says upstream's names alone.
-- Settings: indie_ventures.moved, JSON: [{"image": the image's login as it is called now, "role": who has its name}];
-- indie_ventures.realtime, the project's login for Realtime, which upstream does as supabase_admin;
-- indie_ventures.schemas, JSON: [{"name", "owner"}] as the image has them; indie_ventures.relations, JSON: ["schema.name"] that the image has.

create temporary view pg_temp.moved as
  select image, role, image::regrole::oid as id from jsonb_to_recordset(current_setting('indie_ventures.moved')::jsonb) as m (image text, role text);

-- What may be granted on, each in GRANT's own words, with its grants.
create temporary view pg_temp.granted as
  select format(case relkind when 'S' then 'sequence %s' else 'table %s' end, oid::regclass) as thing, null as part, relacl as acl
    from pg_class where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all select format('table %s', attrelid::regclass), format('(%I)', attname), attacl from pg_attribute where attnum > 0 and not attisdropped
  union all select format('schema %I', nspname), null, nspacl from pg_namespace
  union all select format('routine %s', oid::regprocedure), null, proacl from pg_proc
  union all select format('type %s', oid::regtype), null, typacl from pg_type
  union all select format('language %I', lanname), null, lanacl from pg_language
  union all select format('foreign data wrapper %I', fdwname), null, fdwacl from pg_foreign_data_wrapper
  union all select format('foreign server %I', srvname), null, srvacl from pg_foreign_server
  union all select format('large object %s', oid), null, lomacl from pg_largeobject_metadata;

create temporary view pg_temp.defaults as
  select d.*,
      case defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'routines' when 'T' then 'types' else 'schemas' end as things,
      case when defaclnamespace = 0 then '' else format('in schema %s', defaclnamespace::regnamespace) end as place
    from pg_default_acl d;

create function pg_temp.grantee(id oid) returns text language sql as
  $$ select case id when 0 then 'public' else coalesce((select quote_ident(role) from pg_temp.moved m where m.id = $1), id::regrole::text) end $$;
create function pg_temp.option(is_grantable boolean) returns text language sql as $$ select case when is_grantable then ' with grant option' else '' end $$;

do $names$
declare
  statement text;
begin
  for statement in
    select format('reassign owned by %I to %I', image, role) from pg_temp.moved
    union all
    select format('reassign owned by %I to supabase_admin', current_setting('indie_ventures.realtime'))
    union all
    -- The image's services own what is in their schemas, and not those themselves.
    select format('alter schema %I owner to %I', name, owner)
      from jsonb_to_recordset(current_setting('indie_ventures.schemas')::jsonb) as s (name text, owner text)
      where exists (select from pg_namespace where nspname = name)
    union all
    -- By which Pulumi knows the version of its tables; of no use elsewhere.
    select 'comment on schema realtime is null'
  loop
    execute statement;
  end loop;

  for statement in
    select format('grant %s %s on %s to %s%s', privilege_type, part, thing, pg_temp.grantee(grantee), pg_temp.option(is_grantable))
      from pg_temp.granted, aclexplode(acl) where grantee in (select id from pg_temp.moved)
    union all
    -- What a project's login grants by default to the image's.
    select format('alter default privileges for role %s %s grant %s on %s to %s%s',
        defaclrole::regrole, place, privilege_type, things, pg_temp.grantee(grantee), pg_temp.option(is_grantable))
      from pg_temp.defaults, aclexplode(defaclacl)
      where grantee in (select id from pg_temp.moved) and defaclrole not in (select id from pg_temp.moved)
    union all
    -- And what the image's grant by default. In public the project's owner has its own, which may be less.
    select format('alter default privileges for role %I %s grant %s on %s to %s%s',
        role, place, privilege_type, things, pg_temp.grantee(grantee), pg_temp.option(is_grantable))
      from pg_temp.defaults join pg_temp.moved on id = defaclrole, aclexplode(defaclacl)
      where not (role = 'postgres' and defaclnamespace = 'public'::regnamespace)
    union all
    select format('alter policy %I on %s to %s',
        polname, polrelid::regclass, (select string_agg(distinct pg_temp.grantee(id), ', ') from unnest(polroles) as id))
      from pg_policy where polroles && array(select id from pg_temp.moved)
  loop
    execute statement;
  end loop;

  for statement in
    -- Tables that a service has made under the project's login, which had no such defaults: as if it had made them with upstream's. Studio and
    -- the owner's own functions read them on their strength: upstream's postgres is no member of those logins.
    select format('grant %s on %s %s to %s%s',
        privilege_type, case relkind when 'S' then 'sequence' else 'table' end, c.oid::regclass, pg_temp.grantee(grantee), pg_temp.option(is_grantable))
      from pg_class c
        join pg_namespace n on n.oid = relnamespace
        join pg_default_acl d
          on defaclnamespace = n.oid and defaclrole = relowner and defaclobjtype = case relkind when 'S' then 'S' else 'r' end::"char",
        aclexplode(defaclacl)
      where nspname in ('auth', 'storage') and relkind in ('r', 'p', 'v', 'm', 'S')
        and not current_setting('indie_ventures.relations')::jsonb ? (nspname || '.' || relname)
    union all
    select format('drop owned by %I', image) from pg_temp.moved
    union all
    select format('drop owned by %I', current_setting('indie_ventures.realtime'))
  loop
    execute statement;
  end loop;

  select string_agg(distinct pg_describe_object(classid, objid, objsubid), ', ') into statement
    from pg_shdepend
    where dbid = (select oid from pg_database where datname = current_database())
      and refclassid = 'pg_authid'::regclass
      and refobjid in (select id from pg_temp.moved union all select current_setting('indie_ventures.realtime')::regrole);
  if statement is not null then
    raise exception 'these can not be given upstream''s names: %', statement;
  end if;
end
$names$;
