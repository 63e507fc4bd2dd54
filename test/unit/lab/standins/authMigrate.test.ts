import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { authDatabaseContract } from "../../../lab/standins/contract/auth.ts";
import { prepareDatabase, startAuth, type AuthProcess } from "../../../lab/standins/contract/authProcess.ts";
import { startPostgres, type TemporaryPostgres } from "../../../lab/standins/contract/restPostgres.ts";

jest.setTimeout(60_000);

let postgres: TemporaryPostgres;
let auth: AuthProcess;

// The columns that supabase/postgres' initial schema has (init-scripts/00000000000001-auth-schema.sql), and one user of that time.
const oldShape = `
  set role blog_auth_admin;
  create table auth.users (instance_id uuid, id uuid not null unique primary key, aud varchar(255), role varchar(255), email varchar(255) unique,
    encrypted_password varchar(255), confirmed_at timestamptz, invited_at timestamptz, confirmation_token varchar(255),
    confirmation_sent_at timestamptz, recovery_token varchar(255), recovery_sent_at timestamptz, email_change_token varchar(255),
    email_change varchar(255), email_change_sent_at timestamptz, last_sign_in_at timestamptz, raw_app_meta_data jsonb,
    raw_user_meta_data jsonb, is_super_admin bool, created_at timestamptz, updated_at timestamptz);
  create index users_instance_id_email_idx on auth.users (instance_id, email);
  create table auth.refresh_tokens (instance_id uuid, id bigserial primary key, token varchar(255), user_id varchar(255), revoked bool,
    created_at timestamptz, updated_at timestamptz);
  create index refresh_tokens_token_idx on auth.refresh_tokens (token);
  create table auth.instances (id uuid primary key, uuid uuid, raw_base_config text, created_at timestamptz, updated_at timestamptz);
  create table auth.audit_log_entries (instance_id uuid, id uuid primary key, payload json, created_at timestamptz);
  create table auth.schema_migrations (version varchar(255) primary key);
  insert into auth.schema_migrations values ('20171026211738'), ('20180125194653');
  create function auth.uid() returns uuid as $$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$ language sql stable;
  insert into auth.users (id, email, confirmed_at) values ('11111111-1111-4111-8111-111111111111', 'old@example.com', '2020-01-02');
  reset role;`;

beforeAll(async () => {
  postgres = await startPostgres();
  const GOTRUE_DB_DATABASE_URL = await prepareDatabase(postgres);
  await postgres.sql(oldShape);
  auth = await startAuth({ GOTRUE_DB_DATABASE_URL });
});

afterAll(async () => {
  await auth?.stop();
  await postgres?.stop();
});

test("the old shape's columns are renamed, and their values kept", async () => {
  const [user] = await postgres.sql("select email, email_confirmed_at = '2020-01-02' as kept, confirmed_at = '2020-01-02' as generated from auth.users");
  expect(user).toEqual({ email: "old@example.com", kept: true, generated: true });
  const [{ indexdef }] = (await postgres.sql("select indexdef from pg_indexes where indexname = 'users_instance_id_email_idx'")) as { indexdef: string }[];
  expect(indexdef).toContain("lower(");
  const unique = await postgres.sql("select from pg_constraint where conname = 'users_email_key'");
  expect(unique).toEqual([]);
});

const cases = authDatabaseContract(() => auth.target, (text, values) => postgres.sql(text, values));
// The old versions stay recorded, next to upstream's 70; the columns' order is the old one's.
const skipped = ["SQL: upstream's migrations are recorded"];
for (const { name, run } of cases.filter((each) => !skipped.includes(each.name))) test(`from the old shape: ${name}`, run);
