import * as pulumi from "@pulumi/pulumi";
import { type Project, projectUrl, type StackConfig } from "../spec/index.ts";
import type { GatewayKeys } from "./gateway/decisions.ts";
import type { ProjectKeys } from "./projectKeys.ts";
import { authEnvironment } from "./services/auth.ts";
import { type AuthSecrets, authSecrets } from "./services/authSecrets.ts";
import { restEnvironment } from "./services/rest.ts";

/** Everything secret that it takes. */
export interface UpstreamSecrets extends AuthSecrets {
  jwtSecret: string;
  jwtKeys: string;
  jwks: string;
  gateway: GatewayKeys;
  /** Hexadecimal, of each name of {@link OWN_SECRETS}. */
  own: Record<string, string>;
}

export interface UpstreamEnvironmentArgs {
  project: Project;
  /** The project's address. */
  url: string;
  isLocalhost: boolean;
  secrets: UpstreamSecrets;
}

/**
 * What upstream's stack has for itself and a project of ours has not, or otherwise: variables of its `.env`, with how many characters each is to
 * have (facts/upstream.md §1.4).
 */
export const OWN_SECRETS: Readonly<Record<string, number>> = {
  POSTGRES_PASSWORD: 64,
  DASHBOARD_PASSWORD: 32,
  SECRET_KEY_BASE: 64,
  REALTIME_DB_ENC_KEY: 16,
  VAULT_ENC_KEY: 32,
  PG_META_CRYPTO_KEY: 64,
  LOGFLARE_PUBLIC_ACCESS_TOKEN: 64,
  LOGFLARE_PRIVATE_ACCESS_TOKEN: 64,
  S3_PROTOCOL_ACCESS_KEY_ID: 32,
  S3_PROTOCOL_ACCESS_KEY_SECRET: 64,
  MINIO_ROOT_PASSWORD: 32,
};

/** Auth's environment → upstream's `.env` (supabase/supabase docker/docker-compose.yml @1f37f2a9). */
const OF_AUTH: Readonly<Record<string, string>> = {
  API_EXTERNAL_URL: "API_EXTERNAL_URL",
  GOTRUE_SITE_URL: "SITE_URL",
  GOTRUE_URI_ALLOW_LIST: "ADDITIONAL_REDIRECT_URLS",
  GOTRUE_DISABLE_SIGNUP: "DISABLE_SIGNUP",
  GOTRUE_JWT_EXP: "JWT_EXPIRY",
  GOTRUE_EXTERNAL_EMAIL_ENABLED: "ENABLE_EMAIL_SIGNUP",
  GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED: "ENABLE_ANONYMOUS_USERS",
  GOTRUE_EXTERNAL_PHONE_ENABLED: "ENABLE_PHONE_SIGNUP",
  GOTRUE_MAILER_AUTOCONFIRM: "ENABLE_EMAIL_AUTOCONFIRM",
  GOTRUE_MAILER_URLPATHS_CONFIRMATION: "MAILER_URLPATHS_CONFIRMATION",
  GOTRUE_MAILER_URLPATHS_INVITE: "MAILER_URLPATHS_INVITE",
  GOTRUE_MAILER_URLPATHS_RECOVERY: "MAILER_URLPATHS_RECOVERY",
  GOTRUE_MAILER_URLPATHS_EMAIL_CHANGE: "MAILER_URLPATHS_EMAIL_CHANGE",
  GOTRUE_SMTP_HOST: "SMTP_HOST",
  GOTRUE_SMTP_PORT: "SMTP_PORT",
  GOTRUE_SMTP_USER: "SMTP_USER",
  GOTRUE_SMTP_PASS: "SMTP_PASS",
  GOTRUE_SMTP_ADMIN_EMAIL: "SMTP_ADMIN_EMAIL",
  GOTRUE_SMTP_SENDER_NAME: "SMTP_SENDER_NAME",
};
/** Login providers have no variable of their own there that its compose file hands on: they keep auth's name. */
const PROVIDER = /^GOTRUE_EXTERNAL_[A-Z_]+_(?:ENABLED|CLIENT_ID|SECRET|REDIRECT_URI)$/;
const OF_REST = ["PGRST_DB_SCHEMAS", "PGRST_DB_MAX_ROWS", "PGRST_DB_EXTRA_SEARCH_PATH"];

/** What upstream's own docker compose would be told of the project: variables of its `.env`, for `indie export`. Pure. Secret. */
export function upstreamEnvironment({ project, url, isLocalhost, secrets }: UpstreamEnvironmentArgs): Record<string, string> {
  const { jwtSecret, jwtKeys, jwks, gateway, own } = secrets;
  const auth = authEnvironment({ ...secrets, auth: project.auth, url, isLocalhost, databaseUrl: "" });
  const rest = restEnvironment({ databaseUrl: "", jwks });
  const ofAuth = Object.entries(auth).flatMap(([name, value]) => {
    const renamed = OF_AUTH[name] ?? (PROVIDER.test(name) ? name : undefined);
    return renamed === undefined ? [] : [[renamed, value]];
  });
  return {
    ...Object.fromEntries(Object.entries(OWN_SECRETS).map(([name, length]) => [name, own[name]!.slice(0, length)])),
    ...Object.fromEntries(ofAuth),
    ...Object.fromEntries(OF_REST.map((name) => [name, rest[name]!])),
    JWT_SECRET: jwtSecret,
    JWT_KEYS: jwtKeys,
    JWT_JWKS: jwks,
    ANON_KEY: gateway.anonKey,
    SERVICE_ROLE_KEY: gateway.serviceRoleKey,
    SUPABASE_PUBLISHABLE_KEY: gateway.publishableKey,
    SUPABASE_SECRET_KEY: gateway.secretKey,
    ANON_KEY_ASYMMETRIC: gateway.publishableToken,
    SERVICE_ROLE_KEY_ASYMMETRIC: gateway.secretToken,
    SUPABASE_PUBLIC_URL: url,
    STUDIO_DEFAULT_PROJECT: project.name,
    POOLER_TENANT_ID: project.name,
  };
}

/** The same of a project of this stack. */
export function environmentOf(project: Project, stack: StackConfig, keys: ProjectKeys): pulumi.Output<Record<string, string>> {
  const config = new pulumi.Config("indie-ventures");
  // A removed project's may be gone from the config; those of one that runs are missed by its auth.
  const secrets = authSecrets(project.auth, (key) => config.getSecret(key) ?? pulumi.output(""));
  const own = pulumi.all(Object.fromEntries(Object.keys(OWN_SECRETS).map((name) => [name, keys.secret(`upstream:${name}`)])));
  const all = pulumi.all([secrets, keys.jwtSecret, keys.jwtKeys, keys.jwks, keys.gateway, own]);
  const args = { project, url: projectUrl(project.name, stack), isLocalhost: stack.domain === "localhost" };
  return pulumi.secret(
    all.apply(([ofConfig, jwtSecret, jwtKeys, jwks, gateway, ofOwn]) =>
      upstreamEnvironment({ ...args, secrets: { ...ofConfig, jwtSecret, jwtKeys, jwks, gateway, own: ofOwn } }),
    ),
  );
}
