import { randomBytes } from "node:crypto";
import { derive } from "../../../../components/keys/derive.ts";
import { projectHost } from "../../../../spec/index.ts";
import { roleNames, type RoleNames } from "../../../../spec/names.ts";
import { ownerSql, supabase } from "../clients.ts";
import { until } from "../realtime.ts";
import type { ProjectOutputs, TestStack } from "../testStack.ts";
import type { Credential } from "./door.ts";

/** A project with something to lose: its marker stands in a row, a file, a user and a function's answer. */
export interface Tenant extends ProjectOutputs {
  name: string;
  /** Its own, then its domains. */
  hosts: string[];
  marker: string;
  email: string;
  password: string;
  accessToken: string;
  refreshToken: string;
  signedToken: string;
  /** What the gateway puts in the place of the two new keys. */
  internalTokens: { publishable: string; secret: string };
  roles: RoleNames;
  /** Of each login role. */
  passwords: Record<keyof RoleNames, string>;
  /** By name; no answer to another may hold one. */
  secrets: Record<string, string>;
}

/** The same names in every project, so that the project is all that differs. */
export const BUCKET = "box";
export const FILE = "secret.txt";
export const PICTURE = "secret.png";
/** One pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** `anon` reads nothing: whatever is asked with the public key alone must be refused too. */
const FIXTURE = (marker: string) => `
  create table markers (body text primary key);
  insert into markers values ('${marker}');
  revoke all on markers from anon;
  alter table markers enable row level security;
  create policy users on markers for all to authenticated using (true);
  create function marker() returns text language sql as 'select body from public.markers limit 1';
  create function token() returns text language sql as $$ select current_setting('request.headers')::json ->> 'authorization' $$;
  revoke execute on function marker(), token() from anon, public;
  alter publication supabase_realtime add table markers;
  create policy inside on realtime.messages for all to authenticated using (true) with check (true);
  notify pgrst, 'reload schema';
`;
/** The lab has no pg_graphql. What matters here is under whose key and in whose database it is asked. */
const GRAPHQL = `
  create or replace function graphql_public.graphql("operationName" text default null, query text default null, variables jsonb default null, extensions jsonb default null)
    returns jsonb language sql as 'select to_jsonb(body) from public.markers';
`;
/** The lab has no supautils, which lets a project's owner have and use these in the real image (facts/tenancy.md §6.4.5). */
const EXTENSIONS = ["dblink", "postgres_fdw", "http"].map((name) => `create extension if not exists ${name} schema extensions;`).join("\n");
/** A slot that nobody reads, as Realtime's are while it stands still. */
export const slotOf = ({ database }: Pick<ProjectOutputs, "database">): string => `idle_${database}`;
const slot = (outputs: ProjectOutputs): string => `select pg_create_logical_replication_slot('${slotOf(outputs)}', 'pgoutput');`;

export async function createTenants(stack: TestStack): Promise<Tenant[]> {
  const [outputs, seeds] = await Promise.all([stack.outputs(), projectSeeds(stack)]);
  return Promise.all(Object.entries(outputs).map(([name, output]) => createTenant(stack, name, output, seeds[name]!)));
}

async function createTenant(stack: TestStack, name: string, outputs: ProjectOutputs, seed: string): Promise<Tenant> {
  const marker = `marker${randomBytes(8).toString("hex")}`;
  await ownerSql(outputs, FIXTURE(marker));
  const foreignServers = `grant usage on foreign data wrapper postgres_fdw to ${roleNames(name).owner};`;
  await stack.sql(outputs.database, GRAPHQL + EXTENSIONS + foreignServers + slot(outputs));
  const [email, password] = [`ann@${marker}.example.com`, randomBytes(9).toString("hex")];
  const user = supabase(outputs.url, outputs.anonKey);
  const { session } = (await user.auth.signUp({ email, password })).data;
  const roles = roleNames(name);
  const passwords = Object.fromEntries(Object.keys(roles).map((role) => [role, derive(seed, `password:${role}`, 1).toString("hex")])) as Tenant["passwords"];
  const { serviceRoleKey, secretKey, jwtSecret } = outputs;
  return {
    ...outputs,
    name,
    hosts: [projectHost(name, { domain: "localhost" }), ...outputs.domains],
    marker,
    email,
    password,
    accessToken: session!.access_token,
    refreshToken: session!.refresh_token,
    signedToken: await storeFiles(outputs, marker),
    internalTokens: { publishable: await tokenBehind(outputs, "publishableKey"), secret: await tokenBehind(outputs, "secretKey") },
    roles,
    passwords,
    secrets: { serviceRoleKey, secretKey, jwtSecret, ...passwords },
  };
}

/** What every secret of a project is made from. */
async function projectSeeds(stack: TestStack): Promise<Record<string, string>> {
  const { stdout } = await stack.pulumi(["stack", "export", "--show-secrets"]);
  const { deployment } = JSON.parse(String(stdout)) as { deployment: { resources: { urn: string; outputs?: { output?: { plaintext?: string } } }[] } };
  return Object.fromEntries(
    deployment.resources.flatMap(({ urn, outputs }) => {
      const name = /Stash::(.+)-seed$/.exec(urn)?.[1];
      return name === undefined ? [] : [[name, JSON.parse(outputs!.output!.plaintext!) as string]];
    }),
  );
}

async function storeFiles({ url, secretKey }: ProjectOutputs, marker: string): Promise<string> {
  const { storage } = supabase(url, secretKey);
  for (const bucket of [BUCKET, `${BUCKET}-${marker}`]) await storage.createBucket(bucket, { public: false });
  for (const file of [FILE, `${marker}.txt`]) await storage.from(BUCKET).upload(file, marker, { contentType: "text/plain", upsert: true });
  await storage.from(BUCKET).upload(PICTURE, Buffer.from(PIXEL, "base64"), { contentType: "image/png", upsert: true });
  const { data, error } = await storage.from(BUCKET).createSignedUrl(FILE, 3600);
  if (error !== null) throw error;
  return new URL(data.signedUrl).searchParams.get("token")!;
}

/** What PostgREST is given where a client sends a key that is no token. */
async function tokenBehind(outputs: ProjectOutputs, key: "publishableKey" | "secretKey"): Promise<string> {
  // `anon` may not; while this one asks it may.
  if (key === "publishableKey") await ownerSql(outputs, "grant execute on function token() to anon");
  const client = supabase(outputs.url, outputs[key]);
  let token = "";
  await until(`the API of ${outputs.url} knows the function`, async () => {
    token = String((await client.rpc("token")).data ?? "").replace("Bearer ", "");
    return token !== "";
  });
  await ownerSql(outputs, "revoke execute on function token() from anon");
  return token;
}

/** All that a project has to open a door with: its own, and useless at another's. */
export function credentials(tenant: Tenant): Credential[] {
  const { roles, passwords, internalTokens } = tenant;
  return [
    { kind: "nothing", name: "nothing", value: "" },
    { kind: "keys", name: "anon key", value: tenant.anonKey },
    { kind: "keys", name: "service_role key", value: tenant.serviceRoleKey },
    { kind: "keys", name: "publishable key", value: tenant.publishableKey },
    { kind: "keys", name: "secret key", value: tenant.secretKey },
    { kind: "userTokens", name: "access token", value: tenant.accessToken },
    { kind: "userTokens", name: "refresh token", value: tenant.refreshToken },
    { kind: "signedUrl", name: "token of a signed URL", value: tenant.signedToken },
    { kind: "internalToken", name: "token behind the publishable key", value: internalTokens.publishable },
    { kind: "internalToken", name: "token behind the secret key", value: internalTokens.secret },
    { kind: "studio", name: "Studio's password", value: tenant.studio!.password },
    ...Object.entries(roles).map(([role, login]) => ({ kind: "logins" as const, name: `password of ${login}`, value: passwords[role as keyof RoleNames], login })),
  ];
}
