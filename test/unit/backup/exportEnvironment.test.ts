import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { quoteValue, renderComposeFile, renderEnvironment, UPSTREAM_VARIABLES } from "../../../images/backup/exportEnvironment.ts";
import { readDotenv } from "./dotenv.ts";

/** Of docker/.env.example in upstream's order (facts/upstream.md §1.4, read in AmariahAK/supabase @fb7084a5); those in comments left out. */
const EXAMPLE = `COMPOSE_FILE POSTGRES_PASSWORD JWT_SECRET ANON_KEY SERVICE_ROLE_KEY SUPABASE_PUBLISHABLE_KEY SUPABASE_SECRET_KEY JWT_KEYS JWT_JWKS
DASHBOARD_USERNAME DASHBOARD_PASSWORD SECRET_KEY_BASE REALTIME_DB_ENC_KEY VAULT_ENC_KEY PG_META_CRYPTO_KEY LOGFLARE_PUBLIC_ACCESS_TOKEN
LOGFLARE_PRIVATE_ACCESS_TOKEN S3_PROTOCOL_ACCESS_KEY_ID S3_PROTOCOL_ACCESS_KEY_SECRET SUPABASE_PUBLIC_URL API_EXTERNAL_URL POSTGRES_HOST
POSTGRES_DB POSTGRES_PORT POOLER_PROXY_PORT_TRANSACTION POOLER_DEFAULT_POOL_SIZE POOLER_MAX_CLIENT_CONN POOLER_TENANT_ID POOLER_DB_POOL_SIZE
STUDIO_DEFAULT_ORGANIZATION STUDIO_DEFAULT_PROJECT OPENAI_API_KEY SITE_URL ADDITIONAL_REDIRECT_URLS JWT_EXPIRY DISABLE_SIGNUP
MAILER_URLPATHS_CONFIRMATION MAILER_URLPATHS_INVITE MAILER_URLPATHS_RECOVERY MAILER_URLPATHS_EMAIL_CHANGE ENABLE_EMAIL_SIGNUP
ENABLE_EMAIL_AUTOCONFIRM SMTP_ADMIN_EMAIL SMTP_HOST SMTP_PORT SMTP_USER SMTP_PASS SMTP_SENDER_NAME ENABLE_ANONYMOUS_USERS ENABLE_PHONE_SIGNUP
ENABLE_PHONE_AUTOCONFIRM GLOBAL_S3_BUCKET REGION MINIO_ROOT_USER MINIO_ROOT_PASSWORD STORAGE_TENANT_ID FUNCTIONS_VERIFY_JWT PGRST_DB_SCHEMAS
PGRST_DB_MAX_ROWS PGRST_DB_EXTRA_SEARCH_PATH DOCKER_SOCKET_LOCATION GOOGLE_PROJECT_ID GOOGLE_PROJECT_NUMBER API_GW_HTTP_PORT KONG_HTTP_PORT
KONG_HTTPS_PORT ANON_KEY_ASYMMETRIC SERVICE_ROLE_KEY_ASYMMETRIC IMGPROXY_AUTO_WEBP PROXY_DOMAIN CERTBOT_EMAIL`.split(/\s+/);

const SMTP_PASS = "it's $5 \"off\" # \\n";
const ENVIRONMENT = {
  JWT_SECRET: "a secret",
  JWT_KEYS: '[{"kty":"EC","k":"a b"}]',
  SMTP_PASS,
  GOTRUE_EXTERNAL_GITHUB_ENABLED: "true",
  GOTRUE_EXTERNAL_GITHUB_SECRET: "of $github",
};

describe("a value in .env", () => {
  test.each([
    ["", ""],
    ["http://a.example.com:8000/auth/v1", "http://a.example.com:8000/auth/v1"],
    ["Default Organization", "'Default Organization'"],
    ['{"keys":[]}', `'{"keys":[]}'`],
    ["$HOME # no comment", "'$HOME # no comment'"],
    ["it's", `"it's"`],
    [`it's "$5\\"\nand`, `"it's \\"\\$5\\\\\\"\\nand"`],
    [" spaces ", "' spaces '"],
  ])("%j", (value, quoted) => {
    expect(quoteValue(value)).toBe(quoted);
  });

  test("is read by docker compose as what it was, whatever it holds", () => {
    const texts = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.string({ unit: fc.constantFrom(..."\\\"'$#\n\r\t ={}a0`né") }));
    fc.assert(
      fc.property(fc.array(texts), (values) => {
        const named = Object.fromEntries(values.map((value, index) => [`V${index}`, value]));
        const file = Object.entries(named).map(([name, value]) => `${name}=${quoteValue(value)}\n`).join("");
        expect(readDotenv(file)).toEqual(named);
      }),
    );
  });
});

describe(".env", () => {
  test("has every variable of upstream's example, the project's values, and says which are not the project's", () => {
    expect([...UPSTREAM_VARIABLES].sort()).toEqual(EXAMPLE.toSorted());
    const text = renderEnvironment(ENVIRONMENT);
    expect(text).toMatchSnapshot();
    const read = readDotenv(text);
    expect(read).toMatchObject(ENVIRONMENT);
    expect(Object.keys(read).sort()).toEqual([...EXAMPLE, "GOTRUE_EXTERNAL_GITHUB_ENABLED", "GOTRUE_EXTERNAL_GITHUB_SECRET"].sort());
  });

  test("does not call a value of the project's upstream's example", () => {
    expect(renderEnvironment({ SMTP_HOST: "smtp.example.com" })).toContain("\nSMTP_HOST=smtp.example.com\n");
    expect(renderEnvironment({ SMTP_HOST: "smtp.example.com" })).not.toContain("there is no such server");
  });
});

test("beside upstream's compose file: the keys for all services that check tokens, and the login providers", () => {
  const text = renderComposeFile(ENVIRONMENT);
  expect(parse(text)).toEqual({
    services: {
      auth: {
        environment: {
          GOTRUE_JWT_KEYS: "${JWT_KEYS}",
          GOTRUE_EXTERNAL_GITHUB_ENABLED: "${GOTRUE_EXTERNAL_GITHUB_ENABLED}",
          GOTRUE_EXTERNAL_GITHUB_SECRET: "${GOTRUE_EXTERNAL_GITHUB_SECRET}",
        },
      },
      realtime: { environment: { API_JWT_JWKS: "${JWT_JWKS}" } },
      storage: { environment: { JWT_JWKS: "${JWT_JWKS}" } },
      functions: { environment: { SUPABASE_JWKS: "${JWT_JWKS}" } },
    },
  });
  for (const value of Object.values(ENVIRONMENT).filter((each) => each.length > 5)) expect(text).not.toContain(value);
});
