import { expect, test } from "@jest/globals";
import { UPSTREAM_VARIABLES } from "../../../images/backup/exportEnvironment.ts";
import { apiKey } from "../../../components/keys/derive.ts";
import { OWN_SECRETS, upstreamEnvironment, type UpstreamSecrets } from "../../../components/upstreamEnvironment.ts";
import { PROJECT } from "../lib/program.ts";

const secrets: UpstreamSecrets = {
  jwtSecret: "j".repeat(43),
  jwtKeys: "[]",
  jwks: '{"keys":[]}',
  gateway: { anonKey: apiKey("j".repeat(43), "anon"), serviceRoleKey: "service", publishableKey: "sb_publishable_x", publishableToken: "es256 anon", secretKey: "sb_secret_x", secretToken: "es256 service" },
  own: Object.fromEntries(Object.keys(OWN_SECRETS).map((name) => [name, Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64)])),
  smtpPassword: "smtp secret",
  externalSecrets: { github: "github secret" },
};
const auth = {
  siteUrl: "https://shop.example.com",
  uriAllowList: ["https://a.example.com/**", "app://in"],
  smtp: { host: "smtp.example.com", port: 587, user: "shop", password: { fromConfig: "p" }, adminEmail: "a@example.com", senderName: "Shop" },
  external: { github: { clientId: "id", secret: { fromConfig: "g" } } },
};

test("of a project with everything", () => {
  const { ANON_KEY, ...environment } = upstreamEnvironment({ project: { ...PROJECT, auth }, url: "http://shop-eu.example.com", isLocalhost: false, secrets });
  expect(ANON_KEY).toBe(secrets.gateway.anonKey);
  expect(environment).toMatchSnapshot();
});

test("each secret is as long as upstream's services want it", () => {
  const environment = upstreamEnvironment({ project: PROJECT, url: "http://shop-eu.localhost", isLocalhost: true, secrets });
  const lengths = Object.fromEntries(Object.keys(OWN_SECRETS).map((name) => [name, environment[name]!.length]));
  expect(lengths).toEqual(OWN_SECRETS);
  // facts/upstream.md §1.4.
  expect(lengths).toMatchObject({ REALTIME_DB_ENC_KEY: 16, VAULT_ENC_KEY: 32 });
  for (const [name, least] of Object.entries({ JWT_SECRET: 32, SECRET_KEY_BASE: 64, PG_META_CRYPTO_KEY: 32, LOGFLARE_PUBLIC_ACCESS_TOKEN: 32, LOGFLARE_PRIVATE_ACCESS_TOKEN: 32 }))
    expect([name, environment[name]!.length >= least]).toEqual([name, true]);
});

test("all are variables that upstream knows, but for login providers", () => {
  const environment = upstreamEnvironment({ project: { ...PROJECT, auth }, url: "http://shop-eu.example.com", isLocalhost: false, secrets });
  expect(Object.keys(environment).filter((name) => !UPSTREAM_VARIABLES.includes(name))).toEqual(
    ["ENABLED", "CLIENT_ID", "SECRET", "REDIRECT_URI"].map((end) => `GOTRUE_EXTERNAL_GITHUB_${end}`),
  );
});

test("without a mail server it says nothing of one", () => {
  const environment = upstreamEnvironment({ project: PROJECT, url: "http://shop-eu.example.com", isLocalhost: false, secrets: { ...secrets, smtpPassword: undefined, externalSecrets: {} } });
  expect(Object.keys(environment).filter((name) => name.startsWith("SMTP"))).toEqual([]);
  expect([environment.DISABLE_SIGNUP, environment.API_EXTERNAL_URL, environment.SITE_URL]).toEqual(["true", "http://shop-eu.example.com/auth/v1", "http://shop-eu.example.com"]);
});
