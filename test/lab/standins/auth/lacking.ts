import { ConfigError, type Env } from "./env.ts";

/** Upstream's variables (v2.196.0) that this stand-in takes and does nothing with; each start says so once. */
const withoutEffect =
  /^GOTRUE_(LOG|TRACING|METRICS|PROFILER|RELOADING|INDEX_WORKER|RATE_LIMIT|MFA|SMS|SAML|WEBAUTHN|PASSKEY|OAUTH_SERVER|CUSTOM_OAUTH|EXPERIMENTAL|SESSIONS|HOOK|SECURITY|SMTP|PASSWORD_HIBP|OPERATOR_TOKEN|MAILER_(SUBJECTS|TEMPLATES?|NOTIFICATIONS|EMAIL|EXTERNAL_HOSTS|ALLOW_UNVERIFIED_EMAIL_SIGN_INS)|DB_(CONN|MAX_IDLE|HEALTH_CHECK|MIGRATIONS_PATH|CLEANUP|ADVISOR)|API_(ENDPOINT|MAX_REQUEST_DURATION)|EXTERNAL_(PHONE|WEB3|IOS_BUNDLE_ID|REDIRECT_URL|ALLOWED_ID_TOKEN_ISSUERS|FLOW_STATE|OIDC|EMAIL_AUTHORIZED)|INTERNAL_HTTP_TIMEOUT)/;

/** Variables that ask for behaviour whose absence nobody would see: better no start than a quiet difference. */
const refusedWhenTrue =
  /^GOTRUE_(HOOK_[A-Z_]+_ENABLED|SECURITY_CAPTCHA_ENABLED|SECURITY_DATABASE_ENCRYPTION_ENCRYPT|PASSWORD_HIBP_ENABLED|SESSIONS_SINGLE_PER_USER|MAILER_ALLOW_UNVERIFIED_EMAIL_SIGN_INS|EXPERIMENTAL_CURSOR_PAGINATION_ENABLED|EXPERIMENTAL_CREATE_EMAIL_IDENTITY_ON_PASSWORD_SET_ENABLED)$/;
const refusedWhenSet = /^GOTRUE_(SESSIONS_(TIMEBOX|INACTIVITY_TIMEOUT|ALLOW_LOW_AAL)|RATE_LIMIT_HEADER|EXTERNAL_EMAIL_AUTHORIZED_ADDRESSES)$/;

export function refuseWhatIsLacking(env: Env, config: { db: { namespace: string } }): void {
  const refuse = (what: string) => {
    throw new ConfigError(`lab-auth is a stand-in and lacks ${what}: unset it, or run upstream's image`);
  };
  if (config.db.namespace !== "auth") refuse("DB_NAMESPACE other than auth");
  if (env.int("GOTRUE_SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION", 0) === 2) refuse("GOTRUE_SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION=2");
  for (const key of env.keys()) {
    if (refusedWhenTrue.test(key) && env.bool(key)) refuse(`${key}=true`);
    if (refusedWhenSet.test(key) && env.text(key) !== "") refuse(key);
  }
}

/** What to log at the start about variables that nothing read. Values stay out of it: some are secrets. */
export function unreadVariables(env: Env): { withoutEffect: string[]; unknown: string[] } {
  const unread = env.keys().filter((key) => key.startsWith("GOTRUE_") && !env.known.has(key)).sort();
  return { withoutEffect: unread.filter((key) => withoutEffect.test(key)), unknown: unread.filter((key) => !withoutEffect.test(key)) };
}
