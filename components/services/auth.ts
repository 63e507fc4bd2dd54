import { POOLS, type Project } from "../../spec/index.ts";

export const AUTH_PORT = 9999;
/** Connections that one auth process holds at most; unlimited by upstream's default (facts/tenancy.md §3). */
export const AUTH_POOL = POOLS.auth;
/**
 * As upstream's compose file does; its image has wget. By number: since Docker 26 `localhost` in a container is ::1 too, where auth does
 * not listen, and a wget on glibc asks only there (seen).
 */
export const AUTH_HEALTHCHECK = ["CMD", "wget", "--no-verbose", "--tries=1", "--spider", "http://127.0.0.1:9999/health"];

export interface AuthEnvironmentArgs {
  auth: Project["auth"];
  /** The address of the project, without a path. */
  url: string;
  /** Whether the server is this computer, where nobody needs to confirm an address (DESIGN §2). */
  isLocalhost: boolean;
  /** Secret. */
  databaseUrl: string;
  /** Checks what was signed before there were {@link jwtKeys}. Secret. */
  jwtSecret: string;
  /** The pair that tokens are signed with, and {@link jwtSecret}, as JSON. Secret. */
  jwtKeys: string;
  /** Secret. @default none */
  smtpPassword?: string;
  /** Secrets of the providers, by provider. */
  externalSecrets: Record<string, string>;
}

/** Sign-up needs a way to confirm an address. Without one it is off, but on this computer (DESIGN §2). */
export const isSignupPossible = (auth: Project["auth"], isLocalhost: boolean): boolean =>
  auth.smtp !== undefined || isLocalhost;

/** GoTrue's environment: supabase/supabase docker/docker-compose.yml @1f37f2a9 (facts/upstream.md §1.3). */
export function authEnvironment(args: AuthEnvironmentArgs): Record<string, string> {
  const { auth, url } = args;
  const apiUrl = `${url}/auth/v1`;
  return {
    GOTRUE_API_HOST: "0.0.0.0",
    GOTRUE_API_PORT: String(AUTH_PORT),
    API_EXTERNAL_URL: apiUrl,
    GOTRUE_DB_DRIVER: "postgres",
    GOTRUE_DB_DATABASE_URL: args.databaseUrl,
    GOTRUE_DB_MAX_POOL_SIZE: String(AUTH_POOL),
    GOTRUE_SITE_URL: auth.siteUrl ?? url,
    GOTRUE_URI_ALLOW_LIST: (auth.uriAllowList ?? []).join(","),
    GOTRUE_DISABLE_SIGNUP: String(auth.disableSignup === true || !isSignupPossible(auth, args.isLocalhost)),
    GOTRUE_JWT_SECRET: args.jwtSecret,
    GOTRUE_JWT_KEYS: args.jwtKeys,
    GOTRUE_JWT_EXP: "3600",
    GOTRUE_JWT_AUD: "authenticated",
    GOTRUE_JWT_ADMIN_ROLES: "service_role",
    GOTRUE_JWT_DEFAULT_GROUP_NAME: "authenticated",
    GOTRUE_JWT_ISSUER: apiUrl,
    GOTRUE_EXTERNAL_EMAIL_ENABLED: "true",
    GOTRUE_EXTERNAL_PHONE_ENABLED: "false",
    GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED: "false",
    GOTRUE_MAILER_AUTOCONFIRM: String(auth.smtp === undefined && args.isLocalhost),
    GOTRUE_MAILER_URLPATHS_CONFIRMATION: "/auth/v1/verify",
    GOTRUE_MAILER_URLPATHS_EMAIL_CHANGE: "/auth/v1/verify",
    GOTRUE_MAILER_URLPATHS_INVITE: "/auth/v1/verify",
    GOTRUE_MAILER_URLPATHS_RECOVERY: "/auth/v1/verify",
    ...smtpEnvironment(auth.smtp, args.smtpPassword),
    ...externalEnvironment(auth.external ?? {}, apiUrl, args.externalSecrets),
  };
}

function smtpEnvironment(smtp: Project["auth"]["smtp"], password = ""): Record<string, string> {
  if (smtp === undefined) return {};
  return {
    GOTRUE_SMTP_HOST: smtp.host,
    GOTRUE_SMTP_PORT: String(smtp.port),
    GOTRUE_SMTP_USER: smtp.user ?? "",
    GOTRUE_SMTP_PASS: password,
    GOTRUE_SMTP_ADMIN_EMAIL: smtp.adminEmail ?? "",
    GOTRUE_SMTP_SENDER_NAME: smtp.senderName ?? "",
  };
}

function externalEnvironment(
  external: NonNullable<Project["auth"]["external"]>,
  apiUrl: string,
  secrets: Record<string, string>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [provider, { clientId }] of Object.entries(external)) {
    const prefix = `GOTRUE_EXTERNAL_${provider.toUpperCase()}`;
    environment[`${prefix}_ENABLED`] = "true";
    environment[`${prefix}_CLIENT_ID`] = clientId;
    environment[`${prefix}_SECRET`] = secrets[provider] ?? "";
    environment[`${prefix}_REDIRECT_URI`] = `${apiUrl}/callback`;
  }
  return environment;
}
