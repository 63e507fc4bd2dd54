import { ConfigError, Env } from "./env.ts";
import { globToRegExp } from "./glob.ts";
import { refuseWhatIsLacking } from "./lacking.ts";

/** One external provider's variables, `GOTRUE_EXTERNAL_<PROVIDER>_*`. */
export type Provider = {
  readonly enabled: boolean;
  readonly clientId: readonly string[];
  readonly secret: string;
  readonly redirectUri: string;
  readonly url: string;
  readonly emailOptional: boolean;
};

/** Names as `/authorize?provider=` takes them; upstream: internal/api/provider_constants.go. */
export const providerNames = [
  ...["apple", "azure", "bitbucket", "discord", "facebook", "snapchat", "figma", "fly", "github", "gitlab", "google", "keycloak"],
  ...["kakao", "linkedin", "linkedin_oidc", "notion", "spotify", "slack", "slack_oidc", "workos", "twitch", "twitter", "zoom"],
  ...["vercel_marketplace", "x"],
] as const;

export type Config = ReturnType<typeof readConfig>;

/** The order of the required ones is upstream's order of fields, so that the same one is named first when several are missing. */
export function readConfig(env: Env) {
  const externalUrl = env.required("GOTRUE_API_API_EXTERNAL_URL", "API_EXTERNAL_URL");
  const api = {
    host: env.text("GOTRUE_API_HOST"),
    port: Number(env.text("GOTRUE_API_PORT", "8081", "PORT")),
    requestIdHeader: env.text("GOTRUE_API_REQUEST_ID_HEADER", "", "REQUEST_ID_HEADER"),
    externalUrl,
  };
  env.required("GOTRUE_DB_DRIVER");
  const db = {
    url: env.required("GOTRUE_DB_DATABASE_URL", "DATABASE_URL"),
    namespace: env.text("GOTRUE_DB_DB_NAMESPACE", "auth", "DB_NAMESPACE"),
    /** 0: no limit, as upstream. */
    maxPoolSize: env.int("GOTRUE_DB_MAX_POOL_SIZE", 0),
  };
  const siteUrl = env.required("GOTRUE_SITE_URL");
  const config = {
    api,
    db,
    siteUrl,
    uriAllowList: env.list("GOTRUE_URI_ALLOW_LIST").map(globToRegExp),
    disableSignup: env.bool("GOTRUE_DISABLE_SIGNUP"),
    jwt: readJwt(env),
    external: readExternal(env),
    mailer: readMailer(env),
    smtp: { host: env.text("GOTRUE_SMTP_HOST"), maxFrequency: env.duration("GOTRUE_SMTP_MAX_FREQUENCY", 0) || 60_000 },
    smsAutoconfirm: env.bool("GOTRUE_SMS_AUTOCONFIRM"),
    smsProvider: env.text("GOTRUE_SMS_PROVIDER"),
    password: {
      minLength: Math.max(env.int("GOTRUE_PASSWORD_MIN_LENGTH", 6), 6),
      requiredCharacters: splitCharacterSets(env.text("GOTRUE_PASSWORD_REQUIRED_CHARACTERS")),
    },
    security: {
      refreshTokenRotation: env.bool("GOTRUE_SECURITY_REFRESH_TOKEN_ROTATION_ENABLED", true),
      /** seconds */
      refreshTokenReuseInterval: env.int("GOTRUE_SECURITY_REFRESH_TOKEN_REUSE_INTERVAL", 0),
      updatePasswordRequireReauthentication: env.bool("GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_REAUTHENTICATION"),
      updatePasswordRequireCurrentPassword: env.bool("GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_CURRENT_PASSWORD"),
    },
    auditLogDisablePostgres: env.bool("GOTRUE_AUDIT_LOG_DISABLE_POSTGRES"),
    corsAllowedHeaders: env.list("GOTRUE_CORS_ALLOWED_HEADERS"),
    features: readFeatures(env),
  };
  refuseWhatIsLacking(env, config);
  if (!isAbsoluteUrl(externalUrl)) throw new ConfigError(`parse ${JSON.stringify(externalUrl)}: invalid URI for request`);
  return config;
}

function readJwt(env: Env) {
  const adminRoles = env.list("GOTRUE_JWT_ADMIN_ROLES");
  return {
    secret: env.required("GOTRUE_JWT_SECRET"),
    /** seconds */
    exp: env.int("GOTRUE_JWT_EXP", 0) || 3600,
    aud: env.text("GOTRUE_JWT_AUD"),
    adminGroupName: env.text("GOTRUE_JWT_ADMIN_GROUP_NAME") || "admin",
    adminRoles: adminRoles.length > 0 ? adminRoles : ["service_role", "supabase_admin"],
    defaultGroupName: env.text("GOTRUE_JWT_DEFAULT_GROUP_NAME"),
    issuer: env.text("GOTRUE_JWT_ISSUER"),
    keyId: env.text("GOTRUE_JWT_KEY_ID"),
    keys: env.text("GOTRUE_JWT_KEYS"),
    validMethods: env.list("GOTRUE_JWT_VALID_METHODS"),
  };
}

function readExternal(env: Env) {
  return {
    email: env.bool("GOTRUE_EXTERNAL_EMAIL_ENABLED", true),
    magicLink: env.bool("GOTRUE_EXTERNAL_EMAIL_MAGIC_LINK_ENABLED", true),
    anonymousUsers: env.bool("GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED"),
    phone: env.bool("GOTRUE_EXTERNAL_PHONE_ENABLED"),
    providers: Object.fromEntries(providerNames.map((name) => [name, readProvider(env, name)])) as Record<string, Provider>,
  };
}

function readProvider(env: Env, name: string): Provider {
  const key = (suffix: string) => `GOTRUE_EXTERNAL_${name.toUpperCase()}_${suffix}`;
  for (const suffix of ["API_URL", "SKIP_NONCE_CHECK"]) env.known.add(key(suffix));
  return {
    enabled: env.bool(key("ENABLED")),
    clientId: env.list(key("CLIENT_ID")),
    secret: env.text(key("SECRET")),
    redirectUri: env.text(key("REDIRECT_URI")),
    url: env.text(key("URL")),
    emailOptional: env.bool(key("EMAIL_OPTIONAL")),
  };
}

function readMailer(env: Env) {
  const otpLength = env.int("GOTRUE_MAILER_OTP_LENGTH", 6);
  const path = (name: string) => env.text(`GOTRUE_MAILER_URLPATHS_${name}`) || "/verify";
  return {
    autoconfirm: env.bool("GOTRUE_MAILER_AUTOCONFIRM"),
    secureEmailChange: env.bool("GOTRUE_MAILER_SECURE_EMAIL_CHANGE_ENABLED", true),
    /** seconds */
    otpExp: env.int("GOTRUE_MAILER_OTP_EXP", 0) || 86_400,
    otpLength: otpLength < 6 || otpLength > 10 ? 6 : otpLength,
    urlPaths: { invite: path("INVITE"), confirmation: path("CONFIRMATION"), recovery: path("RECOVERY"), emailChange: path("EMAIL_CHANGE") },
  };
}

/** Off: upstream's own "is disabled" answer. On: 501, because this stand-in lacks them. */
function readFeatures(env: Env) {
  return {
    saml: env.bool("GOTRUE_SAML_ENABLED"),
    passkey: env.bool("GOTRUE_PASSKEY_ENABLED"),
    oauthServer: env.bool("GOTRUE_OAUTH_SERVER_ENABLED"),
    customOauth: env.bool("GOTRUE_CUSTOM_OAUTH_ENABLED", true),
    scim: env.bool("GOTRUE_EXPERIMENTAL_SCIM_ENABLED"),
    manualLinking: env.bool("GOTRUE_SECURITY_MANUAL_LINKING_ENABLED"),
  };
}

// "abc:123:\:" – a colon separates sets, a backslash keeps one (upstream: PasswordRequiredCharacters.Decode).
function splitCharacterSets(value: string): string[] {
  return value.replace(/\\:/g, "\0").split(":").map((set) => set.replace(/\0/g, ":")).filter((set) => set !== "");
}

function isAbsoluteUrl(value: string): boolean {
  return URL.canParse(value) || value.startsWith("/");
}
