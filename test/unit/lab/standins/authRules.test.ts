import { describe, expect, test } from "@jest/globals";
import { readConfig, type Config } from "../../../lab/standins/auth/config.ts";
import { connectionFields } from "../../../lab/standins/auth/db.ts";
import { parseDuration } from "../../../lab/standins/auth/duration.ts";
import { Env } from "../../../lab/standins/auth/env.ts";
import { globToRegExp } from "../../../lab/standins/auth/glob.ts";
import { isRedirectAllowed } from "../../../lab/standins/auth/validate.ts";

function configOf(variables: Record<string, string>): Config {
  const required = { API_EXTERNAL_URL: "http://a", GOTRUE_DB_DRIVER: "postgres", DATABASE_URL: "postgres://a/b", GOTRUE_JWT_SECRET: "s" };
  return readConfig(new Env({ ...required, GOTRUE_SITE_URL: "https://app.example.com", ...variables }));
}

test.each([
  ["1h30m", { ms: 5_400_000 }],
  ["1.5s", { ms: 1500 }],
  ["-2m", { ms: -120_000 }],
  ["0", { ms: 0 }],
  ["1d", { error: 'time: unknown unit "d" in duration "1d"' }],
  ["10", { error: 'time: missing unit in duration "10"' }],
  ["", { error: 'time: invalid duration ""' }],
  ["x", { error: 'time: invalid duration "x"' }],
])("the duration %j as Go reads it", (text, expected) => {
  expect(parseDuration(text)).toEqual(expected);
});

test.each([
  ["https://*.example.com/*", "https://a.example.com/b", true],
  ["https://*.example.com/*", "https://a.b.example.com/c", false],
  ["https://*.example.com/**", "https://a.example.com/b/c.html", true],
  ["https://example.com/?", "https://example.com/ab", false],
  ["https://{a,b}.example.com", "https://b.example.com", true],
  ["app://[xy]cb", "app://ycb", true],
  ["app://[!xy]cb", "app://ycb", false],
  ["https://example.com/a+b", "https://example.com/aab", false],
])("the pattern %s on %s: %s", (glob, text, expected) => {
  expect(globToRegExp(glob).test(text)).toBe(expected);
});

describe("a redirect", () => {
  const config = configOf({ GOTRUE_URI_ALLOW_LIST: "https://ok.example.org/**,myapp://callback,http://10.0.0.1/**" });
  test.each([
    ["https://app.example.com/any/where", true],
    ["http://app.example.com/", false],
    ["https://app.example.com:8443/", false],
    ["https://ok.example.org/x#fragment", true],
    ["https://ok.example.org.evil.com/", false],
    ["https://evil.com/https://ok.example.org/", false],
    ["myapp://callback", true],
    ["http://127.0.0.1:5000/", true],
    ["http://10.0.0.1/x", false],
    ["http://2130706433/", false],
    ["https://ok.example.org\\@evil.com/", false],
    ["", false],
  ])("to %s: %s", (target, expected) => {
    expect(isRedirectAllowed(config, target)).toBe(expected);
  });
});

describe("a database URL", () => {
  test("gives decoded parts, and its unknown parameters as settings of the session", () => {
    const fields = connectionFields("postgres://blog%5Fadmin:p%40ss%2Fw@db:6543/blog?search_path=auth&application_name=x&work_mem=1 MB");
    expect(fields).toMatchObject({ user: "blog_admin", password: "p@ss/w", host: "db", port: 6543, database: "blog", application_name: "x" });
    expect(fields.options).toBe("-c search_path=auth -c work_mem=1\\ MB");
  });

  test("sslmode as far as it goes", () => {
    expect(connectionFields("postgres://db/a").ssl).toBeUndefined();
    expect(connectionFields("postgres://db/a?sslmode=require").ssl).toEqual({ rejectUnauthorized: false });
    expect(connectionFields("postgres://db/a?sslmode=verify-full").ssl).toBe(true);
  });
});

describe("the configuration", () => {
  test("has upstream's defaults", () => {
    const { api, jwt, mailer, password, external, security } = configOf({});
    expect([api.port, jwt.exp, jwt.aud, jwt.adminRoles]).toEqual([8081, 3600, "", ["service_role", "supabase_admin"]]);
    expect([mailer.autoconfirm, mailer.secureEmailChange, mailer.otpExp, mailer.otpLength]).toEqual([false, true, 86_400, 6]);
    expect([password.minLength, external.email, external.anonymousUsers]).toEqual([6, true, false]);
    expect([security.refreshTokenRotation, security.refreshTokenReuseInterval]).toEqual([true, 0]);
  });

  test("splits lists, sets of characters and raises the least password length", () => {
    const config = configOf({
      GOTRUE_JWT_ADMIN_ROLES: "a,b",
      GOTRUE_PASSWORD_REQUIRED_CHARACTERS: "abc:123:\\:",
      GOTRUE_PASSWORD_MIN_LENGTH: "3",
      GOTRUE_EXTERNAL_GOOGLE_CLIENT_ID: "one,two",
    });
    expect(config.jwt.adminRoles).toEqual(["a", "b"]);
    expect(config.password).toEqual({ minLength: 6, requiredCharacters: ["abc", "123", ":"] });
    expect(config.external.providers.google!.clientId).toEqual(["one", "two"]);
  });

  test.each([
    [{ GOTRUE_SESSIONS_TIMEBOX: "1h" }, "GOTRUE_SESSIONS_TIMEBOX"],
    [{ GOTRUE_SECURITY_CAPTCHA_ENABLED: "true" }, "GOTRUE_SECURITY_CAPTCHA_ENABLED=true"],
    [{ GOTRUE_SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION: "2" }, "GOTRUE_SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION=2"],
    [{ DB_NAMESPACE: "other" }, "DB_NAMESPACE other than auth"],
  ])("refuses %j", (variables, named) => {
    expect(() => configOf(variables as Record<string, string>)).toThrow(`lab-auth is a stand-in and lacks ${named}`);
  });
});
