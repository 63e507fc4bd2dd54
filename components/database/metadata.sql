-- The database of a service's own tables is that service's alone. Idempotent.
revoke connect on database :"database" from public;
-- Realtime looks for its tables here, and does not make the schema (facts/tenancy.md §1.5). Storage's are in public, which is the owner's.
create schema if not exists _realtime authorization :"role";
