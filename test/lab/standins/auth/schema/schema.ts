/** Enumerations of schema auth (upstream: migrations/*.up.sql, v2.196.0). */
export const enums: Readonly<Record<string, readonly string[]>> = {
  aal_level: ["aal1", "aal2", "aal3"],
  code_challenge_method: ["s256", "plain"],
  factor_status: ["unverified", "verified"],
  factor_type: ["totp", "webauthn", "phone"],
  oauth_authorization_status: ["pending", "approved", "denied", "expired"],
  oauth_client_type: ["public", "confidential"],
  oauth_registration_type: ["dynamic", "manual"],
  oauth_response_type: ["code"],
  one_time_token_type: [
    "confirmation_token",
    "reauthentication_token",
    "recovery_token",
    "email_change_token_new",
    "email_change_token_current",
    "phone_change_token",
  ],
};

/**
 * What the shape of supabase/postgres' initial schema (its auth.users of 2018) needs before columns can be added:
 * upstream's 20210710035447 and 20210730183235 rename, 20221215195500 drops the unique key, 20220114185221 redefines an index.
 */
export const legacy: readonly string[] = [
  renameColumn("users", "confirmed_at", "email_confirmed_at"),
  renameColumn("users", "email_change_token", "email_change_token_new"),
  "alter table if exists auth.users drop constraint if exists users_email_key",
  "drop index if exists auth.users_instance_id_email_idx",
  "drop index if exists auth.refresh_tokens_token_idx",
];

function renameColumn(table: string, from: string, to: string): string {
  const has = (column: string) =>
    `exists (select from information_schema.columns where table_schema = 'auth' and table_name = '${table}' and column_name = '${column}')`;
  return `do $$ begin if ${has(from)} and not ${has(to)} then alter table auth.${table} rename column ${from} to ${to}; end if; end $$`;
}

/** `auth.uid()` and its kin: a claim alone (old PostgREST) wins over the claims as JSON (new PostgREST). */
export const functions: readonly string[] = [
  claimFunction("uid", "sub", "uuid"),
  claimFunction("role", "role", "text"),
  claimFunction("email", "email", "text"),
  `create or replace function auth.jwt() returns jsonb language sql stable as
   $$ select coalesce(${setting("request.jwt.claim")}, ${setting("request.jwt.claims")})::jsonb $$`,
];

function setting(name: string): string {
  return `nullif(current_setting('${name}', true), '')`;
}

function claimFunction(name: string, claim: string, type: string): string {
  return `create or replace function auth.${name}() returns ${type} language sql stable as
   $$ select coalesce(${setting(`request.jwt.claim.${claim}`)}, ${setting("request.jwt.claims")}::jsonb ->> '${claim}')::${type} $$`;
}

/** Upstream's 20240612123726: row level security without policies, and `select` for the role postgres. */
export const rowLevelSecurity: readonly string[] = [
  "schema_migrations",
  "instances",
  "users",
  "audit_log_entries",
  "saml_relay_states",
  "refresh_tokens",
  "mfa_factors",
  "sessions",
  "sso_providers",
  "sso_domains",
  "mfa_challenges",
  "mfa_amr_claims",
  "saml_providers",
  "flow_state",
  "identities",
  "one_time_tokens",
];

/** Names of upstream's migrations, whose result this schema is; upstream's image then finds nothing to do. */
export const versions: readonly string[] = `
  00 20210710035447 20210722035447 20210730183235 20210909172000 20210927181326 20211122151130 20211124214934 20211202183645
  20220114185221 20220114185340 20220224000811 20220323170000 20220429102000 20220531120530 20220614074223 20220811173540
  20221003041349 20221003041400 20221011041400 20221020193600 20221021073300 20221021082433 20221027105023 20221114143122
  20221114143410 20221125140132 20221208132122 20221215195500 20221215195800 20221215195900 20230116124310 20230116124412
  20230131181311 20230322519590 20230402418590 20230411005111 20230508135423 20230523124323 20230818113222 20230914180801
  20231027141322 20231114161723 20231117164230 20240115144230 20240214120130 20240306115329 20240314092811 20240427152123
  20240612123726 20240729123726 20240802193726 20240806073726 20241009103726 20250717082212 20250731150234 20250804100000
  20250901200500 20250903112500 20250904133000 20250925093508 20251007112900 20251104100000 20251111201300 20251201000000
  20260115000000 20260121000000 20260219120000 20260302000000 20260625000000`.trim().split(/\s+/);
