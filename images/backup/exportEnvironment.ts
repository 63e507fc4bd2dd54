// `.env` for upstream's own docker compose file, and the file beside it that wires what the project has and upstream's leaves out. Pure.
// Source: supabase/supabase docker/.env.example and docker/docker-compose.yml (facts/upstream.md §1.3, §1.4).

/** A variable of upstream's `.env.example`. */
interface Variable {
  name: string;
  /** What upstream's example has: where the project has none of its own. */
  example: string;
  /** Why the example may have to be changed. @default it is right as it is */
  note?: string;
}

const v = (name: string, example: string, note?: string): Variable => ({ name, example, note });
const PLACEHOLDER = "Upstream's example: the project has none of its own";

/** In upstream's order. */
const SECTIONS: Record<string, Variable[]> = {
  "Files of docker compose": [v("COMPOSE_FILE", "docker-compose.yml:docker-compose.project.yml")],
  "Secrets": [
    v("POSTGRES_PASSWORD", ""),
    v("JWT_SECRET", ""),
    v("ANON_KEY", ""),
    v("SERVICE_ROLE_KEY", ""),
    v("SUPABASE_PUBLISHABLE_KEY", ""),
    v("SUPABASE_SECRET_KEY", ""),
    v("JWT_KEYS", ""),
    v("JWT_JWKS", ""),
    v("DASHBOARD_USERNAME", "supabase"),
    v("DASHBOARD_PASSWORD", ""),
    v("SECRET_KEY_BASE", ""),
    v("REALTIME_DB_ENC_KEY", ""),
    v("VAULT_ENC_KEY", ""),
    v("PG_META_CRYPTO_KEY", ""),
    v("LOGFLARE_PUBLIC_ACCESS_TOKEN", ""),
    v("LOGFLARE_PRIVATE_ACCESS_TOKEN", ""),
    v("S3_PROTOCOL_ACCESS_KEY_ID", ""),
    v("S3_PROTOCOL_ACCESS_KEY_SECRET", ""),
  ],
  "Addresses: change these three where the project gets another one (README.md)": [
    v("SUPABASE_PUBLIC_URL", "http://localhost:8000"),
    v("API_EXTERNAL_URL", "http://localhost:8000/auth/v1"),
    v("SITE_URL", "http://localhost:3000"),
  ],
  "Database": [v("POSTGRES_HOST", "db"), v("POSTGRES_DB", "postgres"), v("POSTGRES_PORT", "5432")],
  "Pooler": [
    v("POOLER_PROXY_PORT_TRANSACTION", "6543"),
    v("POOLER_DEFAULT_POOL_SIZE", "20"),
    v("POOLER_MAX_CLIENT_CONN", "100"),
    v("POOLER_TENANT_ID", "your-tenant-id"),
    v("POOLER_DB_POOL_SIZE", "5"),
  ],
  "Studio": [
    v("STUDIO_DEFAULT_ORGANIZATION", "Default Organization"),
    v("STUDIO_DEFAULT_PROJECT", "Default Project"),
    v("OPENAI_API_KEY", "", "Empty: Studio has no assistant"),
  ],
  "Auth": [
    v("ADDITIONAL_REDIRECT_URLS", ""),
    v("JWT_EXPIRY", "3600"),
    v("DISABLE_SIGNUP", "false"),
    v("MAILER_URLPATHS_CONFIRMATION", "/auth/v1/verify"),
    v("MAILER_URLPATHS_INVITE", "/auth/v1/verify"),
    v("MAILER_URLPATHS_RECOVERY", "/auth/v1/verify"),
    v("MAILER_URLPATHS_EMAIL_CHANGE", "/auth/v1/verify"),
    v("ENABLE_EMAIL_SIGNUP", "true"),
    v("ENABLE_EMAIL_AUTOCONFIRM", "false"),
    v("SMTP_ADMIN_EMAIL", "admin@example.com", PLACEHOLDER),
    v("SMTP_HOST", "supabase-mail", `${PLACEHOLDER}, and there is no such server: without one no mail is sent`),
    v("SMTP_PORT", "2500", PLACEHOLDER),
    v("SMTP_USER", "fake_mail_user", PLACEHOLDER),
    v("SMTP_PASS", "fake_mail_password", PLACEHOLDER),
    v("SMTP_SENDER_NAME", "fake_sender", PLACEHOLDER),
    v("ENABLE_ANONYMOUS_USERS", "false"),
    v("ENABLE_PHONE_SIGNUP", "false"),
    v("ENABLE_PHONE_AUTOCONFIRM", "false"),
  ],
  "Storage: the files of the archive are in the folder that these two name": [
    v("GLOBAL_S3_BUCKET", "stub"),
    v("STORAGE_TENANT_ID", "stub"),
    v("REGION", "stub"),
    v("MINIO_ROOT_USER", "supa-storage"),
    v("MINIO_ROOT_PASSWORD", ""),
  ],
  "Functions": [v("FUNCTIONS_VERIFY_JWT", "false")],
  "API": [v("PGRST_DB_SCHEMAS", "public,graphql_public"), v("PGRST_DB_MAX_ROWS", "1000"), v("PGRST_DB_EXTRA_SEARCH_PATH", "public")],
  "Logs": [
    v("DOCKER_SOCKET_LOCATION", "/var/run/docker.sock"),
    v("GOOGLE_PROJECT_ID", "GOOGLE_PROJECT_ID", PLACEHOLDER),
    v("GOOGLE_PROJECT_NUMBER", "GOOGLE_PROJECT_NUMBER", PLACEHOLDER),
  ],
  "Gateway": [
    v("API_GW_HTTP_PORT", "8000"),
    v("KONG_HTTP_PORT", "8000"),
    v("KONG_HTTPS_PORT", "8443"),
    v("ANON_KEY_ASYMMETRIC", ""),
    v("SERVICE_ROLE_KEY_ASYMMETRIC", ""),
  ],
  "imgproxy": [v("IMGPROXY_AUTO_WEBP", "true")],
  "TLS, with docker-compose.caddy.yml or docker-compose.nginx.yml in COMPOSE_FILE": [
    v("PROXY_DOMAIN", "your-domain.example.com", PLACEHOLDER),
    v("CERTBOT_EMAIL", "admin@example.com", PLACEHOLDER),
  ],
};

/** The names of upstream's `.env.example`. */
export const UPSTREAM_VARIABLES: readonly string[] = Object.values(SECTIONS).flatMap((variables) => variables.map(({ name }) => name));

/** What upstream's compose file does not hand on: login providers, by auth's own names. */
const ofProviders = (environment: Readonly<Record<string, string>>): string[] =>
  Object.keys(environment)
    .filter((name) => !UPSTREAM_VARIABLES.includes(name))
    .sort();

/** @param environment what the project has. Secret, and so is what is made of it */
export function renderEnvironment(environment: Readonly<Record<string, string>>): string {
  const line = ({ name, example, note }: Variable): string => {
    const value = environment[name];
    return [...(value === undefined && note !== undefined ? [`# ${note}.`] : []), `${name}=${quoteValue(value ?? example)}`].join("\n");
  };
  const providers = ofProviders(environment).map((name) => v(name, ""));
  const more = providers.length === 0 ? {} : { "Login providers, which docker-compose.project.yml hands to auth": providers };
  const sections = Object.entries({ ...SECTIONS, ...more });
  return `# Secret: these are the project's own keys.\n${sections.map(([title, variables]) => `\n# ${title}\n${variables.map(line).join("\n")}\n`).join("")}`;
}

/** Plain where it can be, so that scripts that read the file line by line find it. */
const PLAIN = /^[\w./:@,+=-]*$/;
/** What docker compose unescapes between double quotes (compose-go dotenv/parser.go, expandEscapes). */
const ESCAPES: Record<string, string> = { "\\": "\\\\", '"': '\\"', $: "\\$", "\n": "\\n", "\r": "\\r" };

/** A value as docker compose reads it from `.env`: between single quotes everything is what it is, between double ones `\` and `$` are not. */
export function quoteValue(value: string): string {
  if (PLAIN.test(value)) return value;
  if (!/['\\\n\r]/.test(value)) return `'${value}'`;
  return `"${value.replaceAll(/[\\"$\n\r]/g, (character) => ESCAPES[character]!)}"`;
}

/** All services check and sign tokens with both kinds of keys, as the project's did: upstream's file leaves that out (facts/upstream.md §3). */
export function renderComposeFile(environment: Readonly<Record<string, string>>): string {
  const providers = ofProviders(environment).map((name) => `      ${name}: \${${name}}\n`);
  return `# Beside upstream's docker-compose.yml, by COMPOSE_FILE in .env: tokens that were signed before the move stay valid.
services:
  auth:
    environment:
      GOTRUE_JWT_KEYS: \${JWT_KEYS}
${providers.join("")}  realtime:
    environment:
      API_JWT_JWKS: \${JWT_JWKS}
  storage:
    environment:
      JWT_JWKS: \${JWT_JWKS}
  functions:
    environment:
      SUPABASE_JWKS: \${JWT_JWKS}
`;
}
