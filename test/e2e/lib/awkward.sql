-- What other tools lose, and names that are hard to quote. Run as the project's owner.
create schema "we""ird
name";
create table "we""ird
name"."ta'ble" ("co l" text unique, d date default '2026-01-01');
insert into "we""ird
name"."ta'ble" values ('x'), (null);
comment on table "we""ird
name"."ta'ble" is 'it''s; \! touch /tmp/canary';
create type mood as enum ('a', 'b');
create function positive(int) returns boolean language sql immutable as 'select $1 > 0';
create domain posint as int check (positive(value));
create table moods (m mood, p posint primary key, g int generated always as (1) stored);
insert into moods values ('a', 3);
create index on moods (positive(p));
-- A cast that whoever reads a row as text would run, and a trigger that a restore must not.
create function evil(moods) returns text language plpgsql as $$ begin raise exception 'the evil cast ran'; end $$;
create cast (moods as text) with function evil(moods);
create function evil_trigger() returns trigger language plpgsql as $$ begin raise exception 'the evil trigger ran'; end $$;
create trigger evil before insert on moods for each row execute function evil_trigger();
-- For those who call format() without a schema.
create function public.format(text, text) returns text language plpgsql as $$ begin raise exception 'the evil format ran'; end $$;
-- Columns that are named as a query of ours may name its table, alone and as a row. A child whose parent got a column after it: in a copy of it that
-- stands elsewhere. Two policies that a dump calls the same.
create type pair as (one int, two text);
create table named (t text, x int);
create table rows (t pair, x int);
insert into named values ('a', 1);
insert into rows values (row (1, 'a'), 1), (row (1, 'a'), 2);
create table parent (i int);
create table child (own text) inherits (parent);
alter table parent add column late int;
insert into child (i, own, late) values (1, 'x', 2);
create table "a b" (i int);
create table a (i int);
create policy "b c" on a using (true);
create policy c on "a b" using (false);
create table parts (i int) partition by range (i);
create table parts_low partition of parts for values from (0) to (10);
insert into parts values (5);
create materialized view counted as select count(*) from parts;
create view open_notes with (security_invoker = true) as select * from notes;
revoke all on open_notes from anon;
create sequence counter start 41;
select nextval('counter');
create extension if not exists citext;
create publication own_publication for table notes;
alter publication supabase_realtime add table notes;
create function on_user() returns trigger language plpgsql security definer set search_path = '' as $$
  begin insert into public.notes (user_id, body) values (new.id, 'welcome'); return new; end $$;
create trigger welcome after insert on auth.users for each row execute function on_user();
create policy read_own on storage.objects for select to authenticated using (true);
create policy rooms on realtime.messages for select to authenticated using (true);
alter default privileges in schema public revoke all on functions from anon;
select lo_from_bytea(4711, 'a large object');
-- A secret of Vault's: encrypted with this server's key, referred to by a table, read by others as its owner passed it on.
select vault.create_secret('a key of another service''s', 'api key', 'with "quotes"');
select vault.create_secret('', 'empty');
create table keys (secret uuid references vault.secrets (id));
insert into keys select id from vault.secrets;
grant usage on schema vault to authenticated;
grant select on vault.decrypted_secrets to authenticated with grant option;
grant select (name) on vault.secrets to anon;
-- Schema public is not the owner's by name.
grant create on schema public to authenticated;
comment on schema public is 'mine';
