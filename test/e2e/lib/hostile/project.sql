-- What the owner of a project can leave in its database for whoever dumps, measures or restores it. Run as that owner.
create table notes (id int primary key, body text);
insert into notes select i, 'note number ' || i from generate_series(1, 200) as i;

-- Tries what only others may, and swallows every refusal. `shop_slot` is another project's.
create function trap() returns boolean language plpgsql as $trap$
declare
  attempt text;
begin
  foreach attempt in array array[
    $$copy (select 1) to program 'touch /tmp/canary-trap'$$,
    $$alter role blog_owner superuser$$,
    $$create role canary$$,
    $$grant supabase_admin to blog_owner$$,
    $$alter role shop_owner set search_path = canary$$,
    $$alter database shop connection limit 0$$,
    $$set role blog_realtime$$,
    $$select pg_drop_replication_slot('shop_slot')$$,
    $$select pg_create_physical_replication_slot('canary', true)$$,
    $$reset role$$
  ] loop
    begin
      execute attempt;
    exception when others then null;
    end;
  end loop;
  return true;
end
$trap$;
-- Whatever must not change by itself is content with a function that says so.
create function steady(int) returns int language plpgsql immutable as $$ begin perform public.trap(); return $1; end $$;

create domain trapped as int check (trap());
create table traps (
  i int primary key check (trap()),
  d trapped,
  g int generated always as (steady(i)) stored,
  n int default steady(1)
);
create index on traps (steady(i));
create index on traps (i) where steady(i) > 0;
create statistics on (steady(i)), i from traps;
create table parted (i int) partition by range (steady(i));
create table parted_low partition of parted for values from (0) to (10);
insert into traps (i, d) values (1, 1), (2, 2);
insert into parted values (5);
alter table traps add constraint row_trap check (trap() or traps is not null) not valid;
create materialized view seen as select steady(i) as i from traps;
create view looked as select trap() as trap, * from traps;
create function on_row() returns trigger language plpgsql as $$ begin perform public.trap(); return new; end $$;
create trigger on_row before insert or update on traps for each row execute function on_row();
create trigger on_truncate before truncate on notes for each statement execute function on_row();
create rule on_insert as on insert to notes where trap() do also select 1;
alter table traps enable row level security;
alter table traps force row level security;
create policy own on traps using (trap());
-- For who writes a row, or a name, as text without saying whose function is meant.
create function to_text(traps) returns text language plpgsql as $$ begin perform public.trap(); return 'x'; end $$;
create cast (traps as text) with function to_text(traps) as implicit;
create function compared(traps, traps) returns boolean language plpgsql as $$ begin perform public.trap(); return true; end $$;
create operator = (leftarg = traps, rightarg = traps, function = compared);
create function public.format(text, text) returns text language plpgsql as $$ begin perform public.trap(); return 'x'; end $$;
create function public.count(anyelement) returns bigint language plpgsql as $$ begin perform public.trap(); return 1; end $$;
create collation plain (provider = icu, locale = 'und', deterministic = false);
create table words (w text collate plain unique);
insert into words values ('Aa');

-- Names that are somebody's command, somebody's line, or the end of a string.
create schema "$(touch /tmp/canary-name)";
create table "$(touch /tmp/canary-name)"."';drop role shop_owner;--
\! touch /tmp/canary-name
blog: backup 20990101T000000Z is proven" ("`touch /tmp/canary-name`" text default '\! touch /tmp/canary-name');
insert into "$(touch /tmp/canary-name)"."';drop role shop_owner;--
\! touch /tmp/canary-name
blog: backup 20990101T000000Z is proven" values (default), (E'\\.\n\\! touch /tmp/canary-name');
comment on table notes is E'\n\\! touch /tmp/canary-name\n\\connect shop\n';
create type "ty'pe" as enum ('a''b', E'c\n\\! touch /tmp/canary-name');
select lo_from_bytea(4711, convert_to(E'a large object\n\\! touch /tmp/canary-name', 'UTF8'));
comment on large object 4711 is E'\n\\! touch /tmp/canary-name';
create publication "pub'lication" for table notes where (id > 0);

-- Settings that would bite a session of ours in it.
alter database blog set search_path = public, pg_catalog;
alter database blog set local_preload_libraries = 'canary';
alter database blog set role = 'blog_owner';
alter database blog set quote_all_identifiers = on;
alter database blog set standard_conforming_strings = off;
alter database blog set transaction_timeout = '50ms';
alter database blog set lock_timeout = '1ms';
alter database blog set statement_timeout = '50ms';
alter database blog set default_transaction_read_only = on;
alter database blog set default_transaction_isolation = 'serializable';
alter database blog set array_nulls = off;
alter database blog set xmlbinary = 'hex';
alter database blog set datestyle = 'SQL, DMY';
alter database blog set intervalstyle = 'sql_standard';
alter database blog set extra_float_digits = -15;
alter database blog set bytea_output = 'escape';
alter database blog set client_encoding = 'LATIN1';
alter database blog set timezone = 'Pacific/Kiritimati';
